"""Plays two versions of the scenarios on the same endpoints, and compares them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import typer

from dialogs.chat import FaultKind
from dialogs.cli.arm_flags import ArmFlags
from dialogs.cli.report_flags import ReportFlags
from dialogs.cli.run_flags import Flags
from dialogs.cli.selecting import output_path
from dialogs.cli.versions import other_version
from dialogs.errors import IncompleteError
from dialogs.loading import load_configuration
from dialogs.opened_files import without_compression
from dialogs.reports.commands import OTHER_VERSION
from dialogs.resuming import FINISHED
from dialogs.transcript_files import read_transcripts

_DIFFERS: Final = 1
# The later weighs more.
_CODES: Final = (0, 1, 4, 3, 2, 143, 130, 70)
_OF_ITS_OWN: Final = frozenset(
    (
        FaultKind.FILTERED,
        FaultKind.UNANSWERED_TOOL_CALL,
        FaultKind.TOO_MANY_ROUNDS,
        FaultKind.CAPTURE_FAILED,
        FaultKind.TEMPLATE_FAILED,
    )
)


def launch_both(flags: Flags, version: str, launch: Callable[[Flags], int]) -> int:
    """Play the other version first, and then this one against it; return the exit code.

    Requests that are the same in both are sent once. The other version's transcripts stay beside the output. Where that
    one could not be completed, this one waits until it is, unless no further request would complete it.

    Raises:
        WrongUseError: there is no such version.
    """
    output = _output(flags)
    configuration = load_configuration(flags.paths, flags.configuration).path
    with other_version(version, flags.paths) as paths:
        typer.echo(f"playing {version}", err=True)
        code = launch(
            replace(
                flags,
                paths=paths,
                output=other_output(output),
                configuration=None if configuration is None else str(configuration),
                arms=ArmFlags(resamples=flags.arms.resamples, is_other_version=True),
                reports=ReportFlags(None, None, flags.reports.fail_on),
            )
        )
    if code > _DIFFERS and not (code == IncompleteError.exit_code and _is_as_it_is(other_output(output))):
        return code
    typer.echo("playing this version", err=True)
    arms = replace(flags.arms, against=None, baseline=other_output(output), shares=True)
    return max(code, launch(replace(flags, output=output, arms=arms)), key=_CODES.index)


def _is_as_it_is(transcripts: Path) -> bool:
    """Say whether dialogues ended for reasons of their own, which asking again would not mend: then go on without."""
    return all(
        each.outcome in FINISHED or (each.error is not None and each.error.kind in _OF_ITS_OWN)
        for each in read_transcripts(transcripts)
    )


def _output(flags: Flags) -> Path:
    """Return where this version's transcripts go; a run that is resumed may have stopped in the other version."""
    output = output_path(flags, datetime.now(UTC))
    name = without_compression(output.name)
    stem, suffix = name.removesuffix(OTHER_VERSION), output.name.removeprefix(name)
    return output if flags.output is not None or stem == name else output.with_name(f"{stem}.jsonl{suffix}")


def other_output(output: Path) -> Path:
    """Return where the other version's transcripts go."""
    name = without_compression(output.name)
    return output.with_name(f"{name.removesuffix('.jsonl')}{OTHER_VERSION}{output.name.removeprefix(name)}")
