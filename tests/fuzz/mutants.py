"""Files with one thing done to them: bytes by chance, or a value that means something."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np

Generator = np.random.Generator

WORDS = (
    b"nan", b"inf", b"-1", b"1e999", b"9" * 400, b"true", b'""', b"[]", b"[[", b"{", b"'", b"\x00",
    b"\xff\xfe", b"\n", b"=", b"[a]\n", b"a.b.c = 1\n", b'"\\u0000"', b"1979-05-27", b"[[model]]\n",
)  # fmt: skip

DEEP: Any = []  # deeper than what walks through JSON may recurse, and json.dumps still writes it
for _ in range(450):
    DEEP = [DEEP]
NASTY: tuple[Any, ...] = (
    None, True, False, -1, 0, 1, 3, 7, 2**31, 2**63, 10**9, 10**12, 10**400, 32768, -(10**20),
    0.5, -0.0, 1e-320, 1e300, float("inf"), float("-inf"), float("nan"),
    "", "x", "7", "\x1b[31m\n\x00", "\ud800", "a" * 9_000, "linear", "../../etc", ".layers.0",
    [], [[]], [0], [1, 2, 3], ["a"], [None] * 3, [1] * 2_000, [[1, 2], [3]], {}, {"": 0}, {"a": {}},
    {"shared": ""}, {"shared": ".layers.0"}, {"layer": "ReLU", "arguments": {}},
    {"layer": "Graph", "arguments": {"nodes": 3}}, {"initializer": "Normal"}, {"mapping": 7}, DEEP,
)  # fmt: skip


def mutate(content: bytes, rng: Generator) -> bytes:
    """``content`` with one thing done to it that happens to files."""
    n = len(content)
    at = int(rng.integers(n))
    length = int(rng.integers(1, 64))
    some = rng.integers(0, 256, length, np.uint8).tobytes()
    in_header = int(rng.integers(min(n, 2500)))
    made = [
        content[:at],
        content[at:],
        content[:at] + some + content[at + length :],
        content[:at] + some + content[at:],
        content[:at] + content[at + length :],
        content[:at] + bytes(length) + content[at + length :],
        content[:in_header] + bytes([content[in_header] ^ 1 << int(rng.integers(8))])
        + content[in_header + 1 :],
        content[:in_header] + some[:1] + content[in_header + 1 :],
        content[:8] + some + content[8 + length :],
        some[:8] + content[8:],
        content + some,
        content[:in_header] + b"9" * 9 + content[in_header + 9 :],
    ]  # fmt: skip
    return made[int(rng.integers(len(made)))]


def mutate_text(content: bytes, rng: Generator) -> bytes:
    """A configuration with a line, a value or some bytes changed."""
    lines = content.splitlines(keepends=True)
    at = int(rng.integers(len(lines)))
    word = WORDS[int(rng.integers(len(WORDS)))]
    key, equals, _ = lines[at].partition(b"=")
    kind = int(rng.integers(6))
    if kind == 0:
        return mutate(content, rng)
    if kind == 1:
        lines[at] = word
    elif kind == 2:
        lines.insert(at, lines[int(rng.integers(len(lines)))])
    elif kind == 3:
        lines[at] = key[:-2] + word + b" " + equals + b" 1\n"
    else:
        lines[at] = key + equals + b" " + word + b"\n" if equals else word + lines[at]
    return b"".join(lines)


def mutate_toml(content: bytes, rng: Generator) -> bytes:
    """A TOML file with one value, or a table, replaced by a nasty one of TOML's forms."""
    lines = content.splitlines(keepends=True)
    held = [i for i, line in enumerate(lines) if b"=" in line]
    at = held[int(rng.integers(len(held)))]
    value = _pick(rng, [v for v in NASTY if not isinstance(v, dict) and v is not None])
    text = json.dumps(value).replace("Infinity", "inf").replace("NaN", "nan")
    lines[at] = lines[at].partition(b"=")[0] + b"= " + text.encode("utf-8", "replace") + b"\n"
    return b"".join(lines)


def mutate_csv(content: bytes, rng: Generator) -> bytes:
    """A table with a cell, a row or a column changed."""
    rows = [line.split(",") for line in content.decode().splitlines()]
    at, column = int(rng.integers(len(rows))), int(rng.integers(len(rows[0])))
    kind = int(rng.integers(4))
    if kind == 0:
        del rows[at]
    elif kind == 1:
        rows[at] = rows[at][: column + 1] * 2
    elif kind == 2:
        rows = [row[:column] + row[column + 1 :] for row in rows]
    else:
        rows[at][column] = json.dumps(_pick(rng, NASTY)).strip('"')
    return "\n".join(map(",".join, rows)).encode("utf-8", "replace")


def mutate_json(content: bytes, rng: Generator) -> bytes:
    """JSON with one of its values replaced, left out, or moved."""
    return json.dumps(mutate_value(json.loads(content), rng)).encode("utf-8", "surrogatepass")


def mutate_value(value: Any, rng: Generator) -> Any:
    """A copy with one value, at any depth, replaced by a nasty one, left out, or moved."""
    value = json.loads(json.dumps(value))
    places = list(_places(value))
    if not places:
        return _pick(rng, NASTY)
    holder, key = places[int(rng.integers(len(places)))]
    kind = int(rng.integers(10))
    if kind == 0:
        del holder[key]
    elif kind == 1:
        other, at = places[int(rng.integers(len(places)))]
        holder[key] = json.loads(json.dumps(other[at]))
    elif kind == 2 and isinstance(holder, dict):
        holder[f"{key}x"] = holder.pop(key)
    elif kind == 3 and isinstance(holder, list):
        holder.insert(key, holder[key])
    else:
        holder[key] = _pick(rng, NASTY)
    return value


def mutate_tensors(
    arrays: dict[str, np.ndarray[Any, Any]], rng: Generator
) -> dict[str, np.ndarray[Any, Any]]:
    """Arrays of which one has another name, shape, dtype or content, is lacking or there twice."""
    arrays = dict(arrays)
    name = sorted(arrays)[int(rng.integers(len(arrays)))]
    array = arrays[name]
    kind = int(rng.integers(8))
    if kind == 0:
        del arrays[name]
    elif kind == 1:
        arrays[name + "x"] = arrays.pop(name)
    elif kind == 2:
        arrays[f"{name}.more"] = array
    elif kind == 3:
        arrays[name] = array.reshape(-1)[: array.size // 2]
    elif kind == 4:
        arrays[name] = array[None]
    elif kind == 5:
        dtypes = (np.float16, np.float64, np.int8, np.uint64, np.int64, np.bool_)
        with np.errstate(all="ignore"):
            arrays[name] = array.astype(dtypes[int(rng.integers(len(dtypes)))])
    else:
        changed = np.array(array)
        if changed.dtype.kind == "f" and changed.size:
            values = (np.nan, np.inf, -np.inf, -1.0, 0.0, 3e38, 1e-45)
            changed.flat[int(rng.integers(changed.size))] = values[int(rng.integers(len(values)))]
        else:
            changed = np.full_like(changed, 1) if kind == 6 else np.zeros((0, 3), changed.dtype)
        arrays[name] = changed
    return arrays


def mutate_header(content: bytes, rng: Generator) -> bytes:
    """A safetensors file of which a value in the header is another."""
    (length,) = struct.unpack("<Q", content[:8])
    header = mutate_json(content[8 : 8 + length], rng)
    return struct.pack("<Q", len(header)) + header + content[8 + length :]


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """(holder, key) of each value inside."""
    inner: Any = ()
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    for key, one in inner:
        yield value, key
        yield from _places(one)


def _pick(rng: Generator, values: Any) -> Any:
    return values[int(rng.integers(len(values)))]
