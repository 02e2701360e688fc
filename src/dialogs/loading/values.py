"""JSON values from nodes, by the core schema of YAML 1.2: what goes to a server as it is written.

true, false and null, decimal, 0o and 0x integers and decimal numbers have types; everything else is text, so also
yes, no, on, off, 12:30 and 2026-11-23.
"""

import math
import re
from typing import Final

from dialogs.encoding import JsonValue
from dialogs.loading.documents import BrokenNode, ListNode, MappingNode, Node, TextNode
from dialogs.loading.faults import Faults, quoted

_CONSTANTS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~"), None),
}
_NUMBER_BEGINS: Final = frozenset("+-.0123456789")
_NUMBER: Final = re.compile(
    r"(?P<integer>[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)"
    r"|(?P<float>[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)"
    r"|(?P<not_finite>[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))"
)
_LEADING_ZERO: Final = re.compile(r"[-+]?0[0-9]")
_LONGEST_INTEGER: Final = 300
_SMALLEST: Final = -(2**63)
_LARGEST: Final = 2**64 - 1


def json_value(node: Node, faults: Faults) -> JsonValue:
    """Return the value at `node`; what JSON cannot hold goes to `faults`."""
    match node:
        case TextNode():
            return _scalar(node, faults)
        case ListNode():
            return [json_value(item, faults) for item in node.items]
        case MappingNode():
            return {key: json_value(value, faults) for key, (_, value) in node.entries.items()}
        case BrokenNode():
            return None


def value_as_written(text: str) -> JsonValue:
    """Return what a text without quotes means where it is to be rendered again: `1.10` and `007` stay text."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    found = _NUMBER.fullmatch(text)
    if found is None:
        return text
    value = _number(text, found.lastgroup)
    return value if str(value) == text and _complaint(text, value) is None else text


def _scalar(node: TextNode, faults: Faults) -> JsonValue:
    text = node.text
    if not node.plain:
        return text
    if not text:
        faults.add(node, 'nothing; wanted a value (null, or "", if that is meant)')
        return None
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    return _number_or_text(node, faults) if text[0] in _NUMBER_BEGINS else text


def _number_or_text(node: TextNode, faults: Faults) -> JsonValue:
    found = _NUMBER.fullmatch(node.text)
    if found is None:
        return node.text
    value = _number(node.text, found.lastgroup)
    complaint = _complaint(node.text, value)
    if complaint is None:
        return value
    faults.add(node, f"{quoted(node.text)} {complaint}")
    return None


def _number(text: str, kind: str | None) -> int | float:
    if kind != "integer":
        return math.inf if kind == "not_finite" else float(text)
    if len(text) > _LONGEST_INTEGER:  # Python refuses to read some of those
        return math.inf
    return int(text, 0 if text.startswith(("0o", "0x")) else 10)


def _complaint(text: str, value: float) -> str | None:
    if isinstance(value, int) and not _SMALLEST <= value <= _LARGEST:
        return "is beyond 64 bits; wanted a smaller integer, or quotes around it"
    if not math.isfinite(value):
        return "is not a number that JSON can hold; wanted a finite one"
    if _LEADING_ZERO.match(text):
        return "begins with a zero, which readers understand differently; wanted it without, or in quotes"
    return None
