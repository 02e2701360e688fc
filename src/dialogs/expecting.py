"""The expectations of a turn, rendered and held against its reply."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dialogs.expectations import Seen, check, in_order, judged_parts
from dialogs.scenario import Expectation
from dialogs.transcript import ExpectationRecord
from dialogs.variables import Variables


@dataclass(frozen=True, slots=True)
class Unjudged:
    """An expectation that only a judge can tell, rendered, of the reply at `reply` in the messages.

    `turn` is the place of its turn in the talk's records, `index` its own place among the expectations there.
    """

    turn: int
    index: int
    expectation: Expectation
    seen: Seen
    reply: int


def rendered(expectation: Expectation, variables: Variables) -> Expectation:
    """Render every text in an expectation's value, in the wording that files hold: replies have that, too.

    Raises:
        TemplateFault: one cannot be rendered.
    """
    return replace(
        expectation,
        value=variables.kept_value(expectation.value),
        any_of=tuple(rendered(each, variables) for each in expectation.any_of),
    )


def check_all(
    expectations: Sequence[Expectation], seen: Seen, *, turn: int, reply: int
) -> tuple[tuple[ExpectationRecord, ...], list[Unjudged]]:
    """Hold rendered expectations against a reply; those about time come last, as in a transcript.

    What only a judge can tell is returned beside the records.
    """
    ordered = in_order(expectations)
    unjudged = [Unjudged(turn, index, each, seen, reply) for index, each in enumerate(ordered) if judged_parts(each)]
    return tuple(check(each, seen) for each in ordered), unjudged
