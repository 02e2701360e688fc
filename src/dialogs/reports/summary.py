"""The end of a run in a few lines."""

from collections.abc import Iterator
from typing import Final

from dialogs.journal.ledger import Ledger
from dialogs.reports.terminal import harmless
from dialogs.tally import ErrorGroup, Tally
from dialogs.transcript import Outcome

_MOST_ERRORS: Final = 10


def summary(tally: Tally, *, planned: int, elapsed_s: float, ledger: Ledger | None = None) -> str:
    """Say what a run of `planned` dialogues did; lines without an end, errors of one cause together."""
    lines = [_dialogues(tally, planned), _turns(tally, elapsed_s), *_ledger(ledger), *_errors(tally)]
    return "\n".join(lines)


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Write a number with its noun: 1 turn, 2,000 turns."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def _ledger(ledger: Ledger | None) -> Iterator[str]:
    """Account for the requests, where not each of them simply brought its reply."""
    if ledger is not None and ledger.sent != ledger.recorded:
        yield (
            f"{count(ledger.sent, 'request')} sent = {ledger.recorded:,} recorded + {ledger.failed:,} failed "
            f"+ {ledger.unknown:,} of unknown end"
            + (", which may have been billed without an answer" if ledger.unknown else "")
        )


def _dialogues(tally: Tally, planned: int) -> str:
    parts = [f"{tally.outcomes[outcome]:,} {outcome}" for outcome in Outcome if tally.outcomes[outcome]]
    if tally.kept:
        parts.append(f"{tally.kept:,} of them kept from an earlier run")
    if planned > tally.dialogues:
        parts.append(f"{planned - tally.dialogues:,} not begun")
    return f"{count(planned, 'dialogue')}: {', '.join(parts)}"


def _turns(tally: Tally, elapsed_s: float) -> str:
    parts = [f"{count(tally.sources['endpoint'], 'turn')} asked in {elapsed_s:.1f} s"]
    parts += [f"{tally.sources[name]:,} from the {name}" for name in ("journal", "cassette") if tally.sources[name]]
    parts.append(f"{tally.prompt_tokens:,} prompt and {tally.completion_tokens:,} completion tokens")
    if tally.truncated:
        parts.append(f"{count(tally.truncated, 'reply', 'replies')} cut off at the token limit")
    if tally.retried:
        parts.append(count(tally.retried, "repeated attempt"))
    return "; ".join(parts)


def _errors(tally: Tally) -> Iterator[str]:
    groups = sorted(tally.errors.items(), key=lambda item: -item[1].count)
    for (kind, message), group in groups[:_MOST_ERRORS]:
        yield f"error ({kind}): {_where(group)}: {harmless(message)}"
    if len(groups) > _MOST_ERRORS:
        yield f"and {count(len(groups) - _MOST_ERRORS, 'error')} of other kinds, in the transcripts"


def _where(group: ErrorGroup) -> str:
    first = f"{group.first_dialogue}, turn {group.first_turn}"
    return first if group.count == 1 else f"{count(group.count, 'dialogue')}, first {first}"
