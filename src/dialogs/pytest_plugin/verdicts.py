"""What makes a test of dialogues fail, and what is shown then."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from dialogs.api.comparing import report
from dialogs.compare import Comparison, compare
from dialogs.reports.outcomes import ended
from dialogs.reports.terminal import harmless_line
from dialogs.sameness import Sameness
from dialogs.transcript import Outcome, Transcript


class _Writer(Protocol):
    def line(self, text: str = "", /) -> None: ...


class _Crash:
    """What pytest shows of a failure in one line, and looks for under this name."""

    def __init__(self, message: str) -> None:
        self.message = message


class FailedDialogueError(AssertionError):
    """Dialogues that were not completed, or have changed; its text says what is wrong, and reports them."""

    def __init__(self, transcripts: Sequence[Transcript], comparison: Comparison | None) -> None:
        """Report the transcripts, and the comparison if there is one."""
        summary = _summary(transcripts, comparison)
        reports = [report(transcripts)] if transcripts else []
        reports += [report(comparison)] if comparison else []
        self.reprcrash = _Crash(summary)
        super().__init__("\n\n".join([summary, *(each.rstrip("\n") for each in reports)]))

    def toterminal(self, writer: _Writer) -> None:
        """Write the report, as pytest asks for it."""
        for line in str(self).splitlines():
            writer.line(line)


def _summary(transcripts: Sequence[Transcript], comparison: Comparison | None) -> str:
    words = list(dict.fromkeys(harmless_line(ended(each)) for each in transcripts))
    if comparison:
        words += [f"{number} {label.value}" for label, number in comparison.turn_counts().items()]
    return "; ".join(words)


def hold(transcripts: Iterable[Transcript], baseline: Sequence[Transcript] | None, ignore: Iterable[str]) -> None:
    """Hold transcripts against their expectations, and against a baseline if there is one.

    Raises:
        FailedDialogueError: one was not completed, or has changed.
    """
    played = list(transcripts)
    failed = [transcript for transcript in played if transcript.outcome is not Outcome.COMPLETED]
    comparison = None if baseline is None else compare(baseline, played, Sameness().ignoring(ignore))
    changed = comparison if comparison is not None and comparison.fails() else None
    if failed or changed:
        raise FailedDialogueError(failed, changed)
