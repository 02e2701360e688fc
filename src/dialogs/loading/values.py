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
_INTEGER: Final = re.compile(r"[-+]?[0-9]+")
_PREFIXED_INTEGER: Final = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE: Final = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
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
    text = node.text
    integer, prefixed = _INTEGER.fullmatch(text), _PREFIXED_INTEGER.fullmatch(text)
    value: float
    if _NOT_FINITE.fullmatch(text):
        value = math.inf
    elif (integer or prefixed) and len(text) <= _LONGEST_INTEGER:
        value = int(text, 10 if integer else 0)
    elif integer or prefixed or _FLOAT.fullmatch(text):
        value = float(text) if not prefixed else math.inf
    else:
        return text
    complaint = _complaint(text, value)
    if complaint:
        faults.add(node, complaint)
        return None
    return value


def _complaint(text: str, value: float) -> str | None:
    if isinstance(value, int) and not _SMALLEST <= value <= _LARGEST:
        return f"{quoted(text)} is beyond 64 bits; wanted a smaller integer, or quotes around it"
    if not math.isfinite(value):
        return f"{quoted(text)} is not a number that JSON can hold; wanted a finite one"
    if _LEADING_ZERO.match(text):
        return (
            f"{quoted(text)} begins with a zero, which readers understand differently; wanted it without, or in quotes"
        )
    return None
