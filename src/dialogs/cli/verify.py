"""`dialogs verify`: holds every recorded history against the hash of what was sent."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from dialogs.cli.output import write_lines


def verify(
    files: Annotated[list[Path], typer.Argument(metavar="FILES...", help="Transcript files; - is standard input.")],
) -> None:
    """Hold every recorded history against the hash of what was sent.

    Exit code 1 where a transcript's messages are not those that its replies were given to.
    """
    wrong = 0

    def lines() -> Iterator[str]:
        nonlocal wrong
        for file in files:
            for line, is_wrong in _verified(file):
                wrong += is_wrong
                yield line

    write_lines(lines())
    raise typer.Exit(1 if wrong else 0)


def _verified(file: Path) -> Iterator[tuple[str, bool]]:
    """Give a line for each dialogue that is wrong, and one for the file."""
    from dialogs.reports.summary import count  # noqa: PLC0415 - what reads transcripts is not for --help
    from dialogs.reports.terminal import harmless_line  # noqa: PLC0415
    from dialogs.transcript_files import read_transcripts  # noqa: PLC0415
    from dialogs.verifying import histories, verify  # noqa: PLC0415

    dialogues = turns = wrong = 0
    for transcript in read_transcripts(file):
        dialogues += 1
        turns += histories(transcript)
        mismatch = verify(transcript)
        if mismatch:
            wrong += 1
            yield harmless_line(f"{file}: {transcript.id} {mismatch}"), True
    verdict = f"{wrong} wrong" if wrong else "all as sent"
    yield f"{file}: {count(dialogues, 'dialogue')}, {count(turns, 'history', 'histories')}: {verdict}", False
