"""Text from files and names, made fit to be printed.

What names may be. A file, a folder, a class and a run may have any name that the system takes:
nothing is refused because it looks odd, and nothing is changed where it is kept. Only two places
are narrower. A setting is kept in ``config.toml``, which is UTF-8, so the path of the data and
every other setting must be Unicode without null characters: anything else is refused before a
training begins. And whatever is shown, in a terminal, a page or a table for people, goes through
`printable` first, so that no name steers a terminal, hides what follows it, or ends a line.
"""

from __future__ import annotations

import os
import re
import shlex
from typing import Any

STEERING = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # C0, DEL, C1: escape sequences, line ends, tabs
    "\u2028\u2029"  # ends of lines and paragraphs
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # Unicode's Bidi_Control: they reorder a line
    "\ud800-\udfff]"  # bytes of a name that is not UTF-8, which no stream can encode
)
SHORT = {"\n": r"\n", "\t": r"\t", "\r": r"\r"}
LONGEST, END = 1200, 400  # characters of a message, and of its end, which says the way out
REPEATED = 200  # characters of a value in it


def printable(text: object) -> str:
    r"""``str(text)`` with every character that steers a terminal as a visible escape. Letters of
    all scripts stay as they are, joiners and spaces of any width too.

    >>> print(printable("cat\x1b[31m\n\u202egpj.png\udcff"))
    cat\x1b[31m\n\u202egpj.png\xff
    """
    return STEERING.sub(_escape, str(text))


def printable_lines(text: object) -> str:
    """`printable` of each line of a text whose line breaks are meant."""
    return "\n".join(map(printable, str(text).split("\n")))


def _escape(match: re.Match[str]) -> str:
    letter = match[0]
    code = ord(letter)
    if 0xDC80 <= code <= 0xDCFF:  # PEP 383: a byte that is no UTF-8
        code -= 0xDC00
    return SHORT.get(letter) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


def shortened(message: str, most: int = LONGEST) -> str:
    """A message of at most ``most`` characters, with its beginning and its end.

    >>> shortened("x" * 1000 + "; the way out", 60)
    'xxxxxxxxxx … 983 characters … xxxxxxx; the way out'
    """
    if len(message) <= most:
        return message
    tail = min(END, most // 3)
    head = most - tail - 30
    gone = len(message) - head - tail
    return f"{message[:head]} … {gone:,} characters … {message[-tail:]}"


def received(value: Any) -> str:
    """A value as a message repeats it, on one line: of an array what it is, not what is in it.

    >>> received("x"), received(16**5000)
    ("'x'", 'an integer of 20001 bits')
    """
    if isinstance(getattr(value, "shape", None), tuple) and value.shape:
        return f"an array of {getattr(value, 'dtype', 'numbers')}, shape {value.shape}"
    try:
        return shortened(re.sub(r"\s*\n\s*", " ", repr(value)), REPEATED)
    except ValueError:  # Python writes no integers of over 4,300 digits
        return f"an integer of {value.bit_length()} bits" if isinstance(value, int) else "a list"


def one_line(message: object) -> str:
    """A message as one printable line of bounded length; its own line breaks become spaces."""
    return shortened(printable(re.sub(r"[ \t]*[\r\n]\s*", " ", str(message).strip())))


PASSWORD = re.compile(r"([A-Za-z][\w+.-]*://[^\s:/@]*:)\S*@")


def masked(text: str) -> str:
    """The text with the passwords of its URLs masked.

    >>> masked("cannot reach postgresql://me:secret@db/x")
    'cannot reach postgresql://me:***@db/x'
    """
    return PASSWORD.sub(r"\1***@", text)


def command(*words: str | os.PathLike[str]) -> str:
    r"""A command line to be pasted into a shell: each word quoted where it must be, in bytes where
    it could not be printed.

    >>> print(command("chainrule", "resume", "runs/my photos"), command("a\x1b"))
    chainrule resume 'runs/my photos' $'a\x1b'
    """
    return " ".join(_quoted(_no_option(word)) for word in words)


def _no_option(word: str | os.PathLike[str]) -> str:
    """A path that begins with a dash is not to be taken for an option."""
    text = os.fspath(word)
    return f"./{text}" if text.startswith("-") and not isinstance(word, str) else text


def _quoted(word: str) -> str:
    if os.name == "nt":
        import subprocess

        return subprocess.list2cmdline([word])
    if not STEERING.search(word):
        return shlex.quote(word)
    letters = (
        "".join(f"\\x{byte:02x}" for byte in os.fsencode(letter))
        if STEERING.match(letter)
        else {"\\": r"\\", "'": r"\'"}.get(letter, letter)
        for letter in word
    )
    return f"$'{''.join(letters)}'"
