"""The checks of a reply that a scenario writes down."""

from dialogs.expectations.checking import Verdict, check, in_order, judged_parts, kind_of, written_value
from dialogs.expectations.excerpts import kept_value
from dialogs.expectations.seen import Seen, seen_in

__all__ = [
    "Seen",
    "Verdict",
    "check",
    "in_order",
    "judged_parts",
    "kept_value",
    "kind_of",
    "seen_in",
    "written_value",
]
