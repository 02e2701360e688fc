"""Holds one expectation against what was seen."""

from dialogs.expectations.seen import Seen
from dialogs.scenario import Expectation
from dialogs.transcript import ExpectationRecord


def check(expectation: Expectation, seen: Seen) -> ExpectationRecord:
    """Say whether the reply meets the expectation, and where not, what was found. Its templates are rendered already.

    What only a judge can tell is not judged: `passed` is None.
    """
    kind = f"not_{expectation.kind}" if expectation.negated else expectation.kind
    passed: bool | None = None
    if expectation.kind == "finish_reason":
        passed = (seen.finish_reason == expectation.value) is not expectation.negated
    found = None if passed is not False else str(seen.finish_reason)
    return ExpectationRecord(kind, expectation.value, passed, found, str(expectation.place))
