"""A run for the comment of a pull request: how the dialogues ended, and what was not met, folded."""

from collections import Counter
from collections.abc import Callable, Iterable
from heapq import nsmallest
from typing import Final

from dialogs.reports.commands import command
from dialogs.reports.markdown import MOST, code, cut, details, diff_lines, fence, html_code, size, table
from dialogs.reports.outcomes import unmet
from dialogs.reports.summary import count
from dialogs.reports.transcript_text import transcript_parts
from dialogs.transcript import Outcome, Transcript

_WORST_FIRST: Final = (Outcome.UNMET, Outcome.ERROR, Outcome.INTERRUPTED)
_MOST_BLOCKS: Final = 250
_RESERVE: Final = 500


def run_markdown(transcripts: Callable[[], Iterable[Transcript]], file: str, *, most: int = MOST) -> str:
    """Write how the dialogues of `file` ended, in at most `most` characters; what is not shown is counted."""
    outcomes = Counter(transcript.outcome for transcript in transcripts())
    bad = (transcript for transcript in transcripts() if transcript.outcome in _WORST_FIRST)
    worst = nsmallest(_MOST_BLOCKS, bad, key=lambda transcript: _WORST_FIRST.index(transcript.outcome))
    before = "\n\n".join(_before(outcomes))
    room = most - size(before) - size(file) - _RESERVE
    blocks: list[str] = []
    for transcript in worst:
        block = _block(transcript)
        room -= size(block) + 2
        if room < 0:
            break
        blocks.append(block)
    hidden = sum(outcomes[outcome] for outcome in _WORST_FIRST) - len(blocks)
    more = f"{count(hidden, 'more dialogue')} not shown here: {code(command('show', file))} shows all."
    return "\n\n".join([before, *blocks, *([more] if hidden else [])]) + "\n"


def _before(outcomes: Counter[Outcome]) -> list[str]:
    total = sum(outcomes.values())
    good = outcomes[Outcome.COMPLETED]
    title = (
        f"## {good:,} of {count(total, 'dialogue')} as expected"
        if good < total
        else f"## {count(total, 'dialogue')}: all as expected"
    )
    found = [outcome for outcome in Outcome if outcomes[outcome]]
    return [title, table(["", *found], [["dialogues", *(f"{outcomes[outcome]:,}" for outcome in found)]])]


def _block(transcript: Transcript) -> str:
    place = f" <sub>{html_code(transcript.place)}</sub>" if transcript.place else ""
    turns = ", ".join(f"turn {turn}" for turn in dict.fromkeys(turn for turn, _ in unmet(transcript)))
    where = f" in {turns}" if turns else ""
    summary = f"{html_code(transcript.id)}: {transcript.outcome}{where}{place}"
    return details(summary, fence(cut(diff_lines(transcript_parts(transcript))), "diff"))
