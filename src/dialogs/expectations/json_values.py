"""Which JSON values are the same, and which hold one another."""

from collections.abc import Mapping

from dialogs.encoding import JsonValue


def same_json(one: JsonValue, other: JsonValue) -> bool:
    """Say whether two values are the same JSON: 1 is 1.0, and not true."""
    match one, other:
        case Mapping(), Mapping():
            return one.keys() == other.keys() and all(same_json(one[key], other[key]) for key in one)
        case list() | tuple(), list() | tuple():
            return len(one) == len(other) and all(map(same_json, one, other))
        case _:
            return isinstance(one, bool) is isinstance(other, bool) and one == other


def holds(whole: JsonValue, part: JsonValue) -> bool:
    """Say whether a value holds another: mappings may have more keys, at any depth; all else is the same."""
    match whole, part:
        case Mapping(), Mapping():
            return all(key in whole and holds(whole[key], part[key]) for key in part)
        case list() | tuple(), list() | tuple():
            return len(whole) == len(part) and all(map(holds, whole, part))
        case _:
            return same_json(whole, part)
