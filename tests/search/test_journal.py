from __future__ import annotations

import errno
import os

import pytest

pytest.importorskip("optuna")

from chainrule.errors import InputError
from chainrule.files import WriteFailed
from chainrule.search.journal import Journal
from chainrule.search.study import optuna


def journal(tmp_path, text: str = ""):
    file = tmp_path / "journal.log"
    file.write_text(text)
    return file, Journal(optuna(), file)


LINE = '{"op_code":99,"n":%d}\n'


@pytest.mark.parametrize("torn", ["", "{", '{"op_c', '{"op_code":4,"wor', '{"op_code":4}'])
def test_what_a_kill_leaves_of_a_line_is_cut_off_before_the_next(tmp_path, torn):
    file, made = journal(tmp_path, LINE % 1 + torn)
    assert [log["n"] for log in made.read_logs(0)] == [1]
    made.append_logs([{"op_code": 99, "n": 2}, {"op_code": 99, "n": 3}])
    assert [log["n"] for log in made.read_logs(0)] == [1, 2, 3]
    assert file.read_text() == "".join(LINE % n for n in (1, 2, 3))


def test_a_long_torn_line_is_cut_off_too(tmp_path):
    file, made = journal(tmp_path, LINE % 1 + '{"op_code":4,"x":"' + "x" * 200_000)
    made.append_logs([{"op_code": 99, "n": 2}])
    assert file.read_text() == LINE % 1 + LINE % 2


@pytest.mark.parametrize("text", ["# notes", "# notes\n", "{}\n", '{"op": 1}\n', "\0\0\0"])
def test_a_file_of_another_kind_is_refused_and_stays_as_it_is(tmp_path, text):
    with pytest.raises(InputError, match="is not a study: expected a journal of Optuna"):
        journal(tmp_path, text)
    assert (tmp_path / "journal.log").read_text() == text


def test_a_tail_of_another_kind_is_not_cut(tmp_path):
    file, made = journal(tmp_path, LINE % 1 + "a note of mine")
    with pytest.raises(InputError, match="is not a study"):
        made.append_logs([{"op_code": 99, "n": 2}])
    assert file.read_text().endswith("a note of mine")


def test_a_full_disk_leaves_the_journal_as_it_was(tmp_path, monkeypatch):
    file, made = journal(tmp_path, LINE % 1)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(WriteFailed, match="No space left"):
            made.append_logs([{"op_code": 99, "n": 2}])
    assert file.read_text() == LINE % 1
    made.append_logs([{"op_code": 99, "n": 3}])
    assert [log["n"] for log in made.read_logs(0)] == [1, 3]
    assert not (tmp_path / "journal.log.lock").exists()
