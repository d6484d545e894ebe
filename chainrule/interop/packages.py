"""The onnx package, which is an extra."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from ..errors import InputError


def onnx_package(part: str = "") -> ModuleType:
    """``onnx``, or a module inside it. InputError, with what to install, where there is none."""
    try:
        return import_module(f"onnx.{part}" if part else "onnx")
    except ImportError:
        raise InputError(
            "ONNX needs the package onnx, which is not installed: pip install 'chainrule[onnx]'"
        ) from None
