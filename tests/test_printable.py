from __future__ import annotations

import os
import shutil
import subprocess
import unicodedata
from pathlib import Path

import pytest

from chainrule.errors import InputError
from chainrule.printable import command, one_line, printable, received

KEPT = "a猫\u3000犬\xa0\u202f\u200c\u200d\xad\u0301\ue000\u0378 é"
STEERING = "\x00\x07\x1b\t\n\r\x7f\x85\x9b\u2028\u2029\u061c\u200f\u202e\u2066\udcff\ud800"


def test_letters_stay_and_what_steers_a_terminal_is_seen() -> None:
    assert printable(KEPT) == KEPT
    shown = printable(STEERING)
    assert shown.isascii() and shown.isprintable()
    assert shown.startswith(r"\x00\x07\x1b\t\n\r\x7f\x85\x9b\u2028")
    assert shown.endswith(r"\u2066\xff\ud800")
    assert printable(shown) == shown


def test_every_control_character_of_unicode_is_seen() -> None:
    every = map(chr, range(0x110000))
    controls = [c for c in every if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")]
    assert [c for c in controls if printable(c) == c] == []


def test_a_message_is_one_line_of_bounded_length() -> None:
    assert one_line("bad\n  on the way\x1b") == r"bad on the way\x1b"
    assert len(one_line("x" * 40_000)) <= 1200
    message = str(InputError(f"{'x' * 40_000}: expected a name; choose another --name"))
    assert len(message) <= 1200
    assert message.startswith("xxx")
    assert message.endswith("expected a name; choose another --name")


def test_every_value_can_be_repeated() -> None:
    for value in (16**5000, -(16**5000), [16**5000], "x", 3):
        assert received(value)


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
@pytest.mark.parametrize(
    "name",
    ["my photos", "it's", '$HOME `x` "!', "a\x1b[31m\nb", "n\udcff é\\", "\u202ea", "猫\u3000"],
    ids=range(7),
)
def test_a_hint_can_be_pasted(name: str) -> None:
    line = command("printf", "%s", name)
    assert printable(line) == line
    done = subprocess.run(["bash", "-c", os.fsencode(line)], capture_output=True, check=True)
    assert done.stdout == os.fsencode(name)


def test_a_path_is_no_option() -> None:
    assert command("chainrule", "resume", Path("-x")) == "chainrule resume ./-x"
