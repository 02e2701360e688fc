"""`prices` and `limits` of a model in dialogs.yaml: what its tokens cost, and how fast it may be asked."""

from typing import Final

from dialogs.configuration import Prices, RateLimits
from dialogs.loading.fields import Fields, Keys
from dialogs.loading.parameters import Parameter, read_value

PRICE_KEYS: Final = Keys("prices", known=("input", "cached_input", "output"))
LIMIT_KEYS: Final = Keys("limits", known=("rpm", "tpm"))
_PRICES_WANTED: Final = "a mapping with input and output, in dollars for a million tokens"
_LIMITS_WANTED: Final = "a mapping with rpm (requests a minute) or tpm (tokens a minute)"
_NUMBER: Final = Parameter(
    "a number that is not negative",
    lambda value: isinstance(value, int | float) and not isinstance(value, bool) and value >= 0,
)
_POSITIVE: Final = Parameter(
    "a positive number", lambda value: isinstance(value, int | float) and not isinstance(value, bool) and value > 0
)


def read_prices(fields: Fields) -> Prices | None:
    """Read `prices`, in dollars for a million tokens."""
    node = fields.mapping("prices", _PRICES_WANTED)
    if node is None:
        return None
    inner = Fields(node, PRICE_KEYS, fields.faults)
    paid, cached, gained = (_number(inner, key, _NUMBER) for key in PRICE_KEYS.known)
    if paid is None or gained is None:
        if inner.complete and ("input" not in inner or "output" not in inner):
            fields.wrong(node, "prices", _PRICES_WANTED)
        return None
    return Prices(paid, gained, cached)


def read_limits(fields: Fields) -> RateLimits:
    """Read `limits`."""
    node = fields.mapping("limits", _LIMITS_WANTED)
    if node is None:
        return RateLimits()
    inner = Fields(node, LIMIT_KEYS, fields.faults)
    return RateLimits(_number(inner, "rpm", _POSITIVE), _number(inner, "tpm", _POSITIVE))


def _number(fields: Fields, key: str, wanted: Parameter) -> float | None:
    node = fields.value(key)
    value = None if node is None else read_value(fields, node, key, wanted)
    return float(value) if isinstance(value, int | float) else None
