from __future__ import annotations

import json

import pytest

from chainrule.bench import record
from chainrule.errors import InputError


def test_a_result_has_all_that_is_needed_to_judge_it(tmp_path):
    path = record.write(tmp_path / "new" / "speed.json", {"rows": {"a": 1}})
    loaded = json.loads(path.read_text())
    assert loaded["name"] == "speed"
    assert {"date", "commit", "machine", "versions", "rows"} <= set(loaded)


def test_a_place_that_cannot_be_written_is_bad_input(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot write"):
        record.write(tmp_path / "file" / "x.json", {})
