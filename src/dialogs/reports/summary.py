"""The end of a run in a few lines."""

from collections.abc import Iterator, Mapping
from typing import Final

from dialogs.journal.ledger import Ledger
from dialogs.reports.expectation_text import counted, unmet_line
from dialogs.reports.terminal import harmless_line
from dialogs.tally import ErrorGroup, Tally, UnmetGroup
from dialogs.transcript import Outcome

_MOST_ERRORS: Final = 10


def summary(
    tally: Tally,
    *,
    planned: int,
    elapsed_s: float,
    ledger: Ledger | None = None,
    spent_usd: float = 0.0,
    judge_usd: float = 0.0,
    in_batches: bool = False,
) -> str:
    """Say what a run of `planned` dialogues did; lines without an end, errors of one cause together.

    `judge_usd` is what of `spent_usd` went to the judge; `in_batches` says that it was asked at half the price.
    """
    lines = [
        _dialogues(tally, planned),
        _turns(tally, elapsed_s, spent_usd - judge_usd, in_batches=in_batches),
        *_judge(tally, judge_usd),
        *_ledger(ledger),
        *_errors(tally),
        *_expectations(tally),
    ]
    return "\n".join(lines)


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Write a number with its noun: 1 turn, 2,000 turns."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def _ledger(ledger: Ledger | None) -> Iterator[str]:
    """Account for the requests, where not each of them simply brought its reply."""
    if ledger is not None and ledger.sent != ledger.recorded:
        yield (
            f"{count(ledger.sent, 'request')} sent = {ledger.recorded:,} recorded + {ledger.failed:,} failed "
            + (f"+ {ledger.outstanding:,} in batches at the provider " if ledger.outstanding else "")
            + f"+ {ledger.unknown:,} of unknown end"
            + (", which may have been billed without an answer" if ledger.unknown else "")
        )


def _dialogues(tally: Tally, planned: int) -> str:
    parts = [f"{tally.outcomes[outcome]:,} {outcome}" for outcome in Outcome if tally.outcomes[outcome]]
    if tally.kept:
        parts.append(f"{tally.kept:,} of them kept from an earlier run")
    if planned > tally.dialogues:
        parts.append(f"{planned - tally.dialogues:,} not begun")
    return ": ".join(filter(None, [count(planned, "dialogue"), ", ".join(parts)]))


def _turns(tally: Tally, elapsed_s: float, spent_usd: float, *, in_batches: bool) -> str:
    where = " on the baseline's history" if tally.arm == "pinned" else ""
    parts = [f"{count(tally.sources['endpoint'], 'turn')} asked{where} in {elapsed_s:.1f} s"]
    parts += _taken(tally.sources)
    parts += _beside(tally)
    parts += [f"{count(tally.rounds, 'further round')} of tool calls"] if tally.rounds else []
    parts.append(f"{tally.prompt_tokens:,} prompt and {tally.completion_tokens:,} completion tokens")
    parts += [f"${spent_usd:.4f}{' (half price, in batches)' if in_batches else ''}"] if spent_usd else []
    if tally.truncated:
        parts.append(f"{count(tally.truncated, 'reply', 'replies')} cut off at the token limit")
    if tally.retried:
        parts.append(count(tally.retried, "repeated attempt"))
    return "; ".join(parts)


def _taken(sources: Mapping[str, int]) -> Iterator[str]:
    """Say of which replies nobody was asked."""
    for name in ("journal", "cassette", "baseline"):
        if number := sources.get(name):
            yield f"{number:,} from the {name}"


def _beside(tally: Tally) -> Iterator[str]:
    """Count what was asked beside the turns: no turn is counted twice."""
    kinds = [
        (tally.pinned, count(tally.pinned, "reply on the baseline's history", "replies on the baseline's history")),
        (tally.confirmations, count(tally.confirmations, "confirmation")),
        (tally.resamples, count(tally.resamples, "resample")),
    ]
    if given := [words for number, words in kinds if number]:
        taken = ", ".join(_taken(tally.sources_beside))
        yield f"beside them {', '.join(given)}" + (f" ({taken})" if taken else "")


def _judge(tally: Tally, spent_usd: float) -> Iterator[str]:
    if tally.judged:
        tokens = f"{tally.judge_prompt_tokens:,} prompt and {tally.judge_completion_tokens:,} completion tokens"
        cost = f"; ${spent_usd:.4f}" if spent_usd else ""
        yield f"{count(tally.judged, 'verdict')} of the judge: {tokens}{cost}"


def _expectations(tally: Tally) -> Iterator[str]:
    """List what is unmet, the places first, where editors look for them."""
    groups = sorted(tally.unmet.values(), key=lambda group: (group.first.is_timing, -group.count))
    for group in groups[:_MOST_ERRORS]:
        label = "slow" if group.first.is_timing else "unmet"
        yield f"{group.first.place or label}: {label} in {_times(group)}: {unmet_line(group.first)}"
    if len(groups) > _MOST_ERRORS:
        yield f"and {count(len(groups) - _MOST_ERRORS, 'expectation')} more unmet, in the transcripts"
    yield from counted(tally.expectations, tally.slow)


def _times(group: UnmetGroup) -> str:
    first = f"{group.first_dialogue}, turn {group.first_turn}"
    return first if group.count == 1 else f"{count(group.count, 'reply', 'replies')}, first {first}"


def _errors(tally: Tally) -> Iterator[str]:
    groups = sorted(tally.errors.items(), key=lambda item: -item[1].count)
    for (kind, message), group in groups[:_MOST_ERRORS]:
        yield f"error ({kind}): {_where(group)}: {harmless_line(message)}"
    if len(groups) > _MOST_ERRORS:
        yield f"and {count(len(groups) - _MOST_ERRORS, 'error')} of other kinds, in the transcripts"


def _where(group: ErrorGroup) -> str:
    first = f"{group.first_dialogue}, turn {group.first_turn}"
    return first if group.count == 1 else f"{count(group.count, 'dialogue')}, first {first}"
