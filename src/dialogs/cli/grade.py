"""`dialogs grade`: its flags."""

from pathlib import Path
from typing import Annotated

import typer

from dialogs.cli import options


def grade(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Transcripts; - is standard input.", show_default=False)],
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATHS...", help="Scenario files, folders or globs.", show_default="those that FILE names"
        ),
    ] = None,
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="NEW.jsonl", help="Write the graded transcripts; no file is overwritten."
        ),
    ] = None,
    judge: Annotated[
        bool, typer.Option("--judge", help="Also put to the judge what only it can tell (rubric, similar).")
    ] = False,
    record: Annotated[
        Path | None,
        typer.Option("--record", metavar="FILE", help="Keep the judge's verdicts in a cassette; ask for the rest."),
    ] = None,
    replay: Annotated[
        Path | None,
        typer.Option("--replay", metavar="FILE", help="Take the judge's verdicts from a cassette alone."),
    ] = None,
    stable: options.Stable = False,
    var: options.Variables = None,
    config: options.ConfigurationPath = None,
    max_file_size: options.MaxFileSize = 4,
) -> None:
    """Hold transcripts against the expectations that their scenarios have now, without asking any model again.

    Exit code 1 where an expectation is unmet, 3 where a transcript no longer fits its scenario's script.
    """
    from dialogs.cli.grading import GradeFlags, grade_file  # noqa: PLC0415 - what --help does not need

    flags = GradeFlags(
        file=file,
        paths=tuple(paths or ()),
        output=output,
        judge=judge,
        record=record,
        replay=replay,
        stable=stable,
        variables=tuple(var or ()),
        configuration=config,
        max_file_bytes=max_file_size << 20,
    )
    raise typer.Exit(grade_file(flags))
