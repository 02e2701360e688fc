"""For tests that play on the embedded model: skipped, with what would enable them, where it cannot run."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import pytest

from dialogs.endpoints.embedded.runtime import runtime_version
from dialogs.endpoints.embedded.weights import default_weights
from dialogs.errors import MissingModelError

P = ParamSpec("P")
T = TypeVar("T")


def _why_not() -> str | None:
    try:
        runtime_version()
        default_weights()
    except MissingModelError as error:
        return str(error)
    return None


_REASON = _why_not()
_skipped = pytest.mark.skipif(_REASON is not None, reason=str(_REASON))


def needs_embedded(test: Callable[P, T]) -> Callable[P, T]:
    """Mark one test."""
    return pytest.mark.embedded(_skipped(test))


NEEDS_EMBEDDED = [pytest.mark.embedded, _skipped]
"""Marks a module: `pytestmark = NEEDS_EMBEDDED`."""
