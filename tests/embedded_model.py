"""For tests that play on the embedded model: skipped, with what would enable them, where it cannot run."""

import pytest

from dialogs.endpoints.embedded.runtime import runtime_version
from dialogs.endpoints.embedded.weights import default_weights
from dialogs.errors import MissingModelError


def _why_not() -> str | None:
    try:
        runtime_version()
        default_weights()
    except MissingModelError as error:
        return str(error)
    return None


_REASON = _why_not()

needs_embedded = [pytest.mark.embedded, pytest.mark.skipif(_REASON is not None, reason=str(_REASON))]
"""Put `pytestmark = needs_embedded` at the head of a module."""
