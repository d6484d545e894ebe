from __future__ import annotations

import re

from chainrule.report.advice import Advice, InRun
from chainrule.report.card import MOST_FILES, section
from chainrule.report.html import Facts, page

EVIL = "</script><img src=x onerror=alert(1)>"


def text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", html))


def test_each_advice_has_its_finding_and_its_command() -> None:
    words = ("train", "--config", InRun("config.toml"), "--epochs", "40")
    html = section([Advice("more time", "it rose by 3 points", "train longer", words, 0.03)])
    assert "More time : it rose by 3 points." in text(html)
    assert "<code>chainrule train --config config.toml --epochs 40 --runs ..</code>" in html
    assert "<details" not in html


def test_nothing_to_say_is_said() -> None:
    assert text(section([])).strip() == "What to try next Nothing stands out."
    assert "What to try next" not in page(Facts("run"))  # not judged
    assert "Nothing stands out." in page(Facts("run", advice=()))


def test_files_are_listed_up_to_a_number_and_escaped() -> None:
    files = tuple(f"{EVIL}/{i}.png" for i in range(MOST_FILES + 5))
    advice = Advice(EVIL, EVIL, EVIL, ("doctor", EVIL), 0.1, files)
    html = page(Facts("run", advice=[advice]))
    assert html.count("/19.png") == 1 and "/20.png" not in html
    assert "and 5 more" in html
    assert "<img" not in html
    assert html.count("</script") == 1
