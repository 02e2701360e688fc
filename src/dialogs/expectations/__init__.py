"""The checks of a reply that a scenario writes down."""

from dialogs.expectations.checking import check
from dialogs.expectations.seen import Seen, seen_in

__all__ = ["Seen", "check", "seen_in"]
