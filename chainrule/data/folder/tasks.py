"""What can be done to one image file at a time, by name, so that a worker can be told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...errors import InputError
from ..formats.images import decode_image
from .inspection import examine
from .opening import digest_of, open_file

Task = Callable[..., tuple[bytes, ...]]


def decode(path: str, image_shape: tuple[int, ...], resize: str) -> tuple[bytes, bytes, bytes]:
    """(digest of the file, pixels uint8 H·W·C, 1 if broken metadata are ignored, else 0).

    InputError with the reason alone.
    """
    ignored: list[str] = []
    with open_file(path) as file:
        digest = digest_of(file)
        pixels = decode_image(file, tuple(image_shape), "", resize, ignored.append)
    return digest, pixels.tobytes(), bytes([bool(ignored)])


def digest(path: str) -> tuple[bytes]:
    """The digest of a file, whatever is in it."""
    with open_file(path) as file:
        return (digest_of(file),)


def attempt(task: Task, path: str, options: dict[str, Any]) -> tuple[bytes, ...] | str:
    """What the task makes of a file, or the reason why not, on one line."""
    try:
        return task(path, **options)
    except InputError as error:
        return " ".join(str(error).removeprefix("cannot read image :").split())
    except OSError as error:
        return error.strerror or str(error)
    except MemoryError:
        return "there is not enough memory to decode it"


TASKS: dict[str, Task] = {"decode": decode, "digest": digest, "examine": examine}
