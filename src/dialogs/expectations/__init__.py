"""The checks of a reply that a scenario writes down."""

from dialogs.expectations.checking import Verdict, check, judged_parts
from dialogs.expectations.seen import Seen, seen_in

__all__ = ["Seen", "Verdict", "check", "judged_parts", "seen_in"]
