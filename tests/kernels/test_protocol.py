"""The typed page says of each kernel what its definition says, and hides none."""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import Any

import pytest

from chainrule.kernels import REFERENCE, overlay
from chainrule.kernels.protocol import Kernels

LISTED = sorted(name for name in vars(Kernels) if not name.startswith("_"))


def declared(function: Any) -> tuple[list[tuple[str, Any, Any]], Any]:
    """The parameters (name, default, type) and the return type, as they are written."""
    signature = inspect.signature(function)
    parameters = [p for p in signature.parameters.values() if p.name != "self"]
    return [(p.name, p.default, p.annotation) for p in parameters], signature.return_annotation


def test_the_page_is_not_empty_and_lists_only_what_there_is():
    assert len(LISTED) > 80
    assert not set(LISTED) - set(vars(REFERENCE))


@pytest.mark.parametrize("name", sorted(vars(REFERENCE)))
def test_a_kernel_is_listed_with_the_signature_of_its_definition_or_is_any(name):
    if name in LISTED:
        assert declared(getattr(Kernels, name)) == declared(getattr(REFERENCE, name))
    else:
        assert inspect.signature(Kernels.__getattr__).return_annotation == "Any"


def test_a_kernel_that_is_not_on_the_page_is_served():
    module = ModuleType("new")
    module.__dict__.update(__all__=["double"], double=lambda x: 2 * x)
    assert overlay(module).double(21) == 42
