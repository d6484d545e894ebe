import io
import sys

from chainrule.data.fetching.progress import say, shown


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_callback_is_used_as_it_is():
    told = []
    with shown(lambda *args: told.append(args)) as report:
        report("file", 1, 2)
    assert told == [("file", 1, 2)]


def test_a_terminal_gets_a_bar_a_file(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", Terminal())
    with shown() as report:
        report("train-images", 0, None)
        report("train-images", 10_000_000, 10_000_000)
        report("train-labels", 5, 10)

    text = sys.stderr.getvalue()
    assert "train-images" in text
    assert "train-labels" in text
    assert "10.0/10.0 MB" in text


def test_elsewhere_nothing_is_written(capsys):
    with shown() as report:
        report("file", 1, None)
    assert capsys.readouterr() == ("", "")


def test_elsewhere_what_is_out_of_the_ordinary_is_a_line(capsys):
    with shown() as report:
        say(report, "slow [60 kB/s]")
    assert capsys.readouterr() == ("", "slow [60 kB/s]\n")


def test_a_terminal_gets_it_beside_the_bars(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", Terminal())
    with shown() as report:
        say(report, "slow [60 kB/s]")
    assert "slow [60 kB/s]" in sys.stderr.getvalue()


def test_a_callback_and_no_stderr_get_nothing(monkeypatch):
    heard = []
    say(lambda *told: heard.append(told), "slow")
    assert heard == []
    monkeypatch.setattr(sys, "stderr", None)
    with shown() as report:
        assert report("file", 1, 2) is None
        say(report, "slow")
