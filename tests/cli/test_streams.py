from __future__ import annotations

import warnings

from chainrule.cli.streams import one_line_warnings
from chainrule.errors import ChainruleWarning


def test_a_warning_of_ours_is_one_line_without_a_source(capsys):
    others = []
    with warnings.catch_warnings():
        before = warnings.showwarning = lambda message, *_: others.append(str(message))
        warnings.simplefilter("always")
        with one_line_warnings():
            warnings.warn("the disk\nis \x1b[31mfull", ChainruleWarning, stacklevel=1)
            warnings.warn("theirs", UserWarning, stacklevel=1)
        assert warnings.showwarning is before
    assert capsys.readouterr().err == "chainrule: warning: the disk is \\x1b[31mfull\n"
    assert others == ["theirs"]


def test_a_closed_stderr_does_not_matter(monkeypatch):
    monkeypatch.setattr("sys.stderr", None)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        before = warnings.showwarning
        with one_line_warnings():
            assert warnings.showwarning is not before
            warnings.warn("unheard", ChainruleWarning, stacklevel=1)
        assert warnings.showwarning is before
