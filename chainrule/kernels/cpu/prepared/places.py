"""Where a pixel of an instruction's values lies in the memory: its first channel."""

from __future__ import annotations

from ..loops import part
from . import fields as f


@part
def source(s, image, line, pixel):
    lines = image * s[f.SOURCE_IMAGE] + line * s[f.SOURCE_LINE]
    return s[f.SOURCE] + lines + pixel * s[f.SOURCE_PIXEL]


@part
def other(s, image, line, pixel):
    lines = image * s[f.OTHER_IMAGE] + line * s[f.OTHER_LINE]
    return s[f.OTHER] + lines + pixel * s[f.OTHER_PIXEL]


@part
def out(s, image, line, pixel):
    lines = image * s[f.OUT_IMAGE] + line * s[f.OUT_LINE]
    return s[f.OUT] + lines + pixel * s[f.OUT_PIXEL]
