"""Verifies transcript files, with their baseline where one is named."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeAlias

from dialogs.arms.baselines import Baselines
from dialogs.arms.verifying import histories_beside, verify_beside
from dialogs.reports.summary import count
from dialogs.reports.terminal import harmless_line
from dialogs.transcript import Transcript
from dialogs.transcript_files import read_transcripts
from dialogs.verifying import Mismatch, histories, verify

_Find: TypeAlias = Callable[[str], Transcript | None]


def verified(files: Sequence[Path], baseline: Path | None) -> Iterator[tuple[str, bool]]:
    """Give a line for each dialogue that is wrong, and one for each file; true marks the wrong ones.

    Raises:
        UnreadableTranscriptError: a file cannot be read.
    """
    if baseline is None:
        for file in files:
            yield from _verified(file, None)
        return
    with closing(Baselines(baseline, ())) as baselines:
        places = baselines.hashes()
        for file in files:
            yield from _verified(
                file, lambda sha256: baselines.transcripts.transcript(places[sha256]) if sha256 in places else None
            )


def _verified(file: Path, find: _Find | None) -> Iterator[tuple[str, bool]]:
    dialogues = checked = wrong = left = 0
    for transcript in read_transcripts(file):
        dialogues += 1
        beside = histories_beside(transcript)
        is_left = transcript.baseline_sha256 is not None and find is None
        checked += histories(transcript) + (0 if is_left else beside)
        left += beside if is_left else 0
        mismatch = verify(transcript) or (None if is_left else _mismatch_beside(transcript, find))
        if mismatch:
            wrong += 1
            yield harmless_line(f"{file}: {transcript.id} {mismatch}"), True
    verdict = f"{wrong} wrong" if wrong else "all as sent"
    if left:
        verdict += f"; {left:,} more are held against a baseline's with --baseline"
    yield f"{file}: {count(dialogues, 'dialogue')}, {count(checked, 'history', 'histories')}: {verdict}", False


def _mismatch_beside(transcript: Transcript, find: _Find | None) -> Mismatch | None:
    if transcript.baseline_sha256 is None or find is None:
        return verify_beside(transcript, None)
    baseline = find(transcript.baseline_sha256)
    if baseline is None:
        return Mismatch(
            1, "the baseline that it was played against is not in that file: no line has its baseline_sha256"
        )
    return verify_beside(transcript, baseline)
