"""Imports files and says what became of each."""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import typer

from dialogs.cli.output import write_lines
from dialogs.errors import FileFault, IncompleteError, InvalidFilesError, WrongUseError
from dialogs.import_files import ImportWriter, find_sources
from dialogs.importing import FileReport, Importer, ImportOptions
from dialogs.reports.summary import count
from dialogs.reports.terminal import harmless_line

_EXTENTS: Final = ("whole", "in part", "not at all")


def import_files(
    paths: Sequence[str], options: ImportOptions, *, folder: Path, baseline: Path | None, force: bool
) -> None:
    """Import, and report on stderr; the files that were written are named on stdout for a program that reads it.

    Raises:
        WrongUseError: nothing could be read, or a file would be replaced.
        IncompleteError: a file could not be written.
    """
    sources, missing = find_sources(paths)
    writer = ImportWriter(folder, baseline, force=force)
    writer.refuse_to_replace(sources)
    try:
        with writer:
            reports = Importer(options, writer).run(sources)
    except OSError as error:
        raise IncompleteError(f"{error.filename or folder}: could not be written: {error.strerror}") from None
    for line in _lines(reports, missing, options):
        typer.echo(harmless_line(line), err=True)
    if baseline is None and (replies := sum(report.replies for report in reports)):
        typer.echo(f"{count(replies, 'reply', 'replies')} in the files; --baseline FILE keeps them", err=True)
    if not any(report.scenarios for report in reports):
        raise _nothing(missing)
    if not sys.stdout.isatty():
        write_lines(map(str, writer.written))


def _nothing(missing: Sequence[FileFault]) -> WrongUseError:
    if missing:
        return InvalidFilesError(missing)
    return WrongUseError("nothing could be imported; the lines above say why")


def _lines(reports: Sequence[FileReport], missing: Sequence[FileFault], options: ImportOptions) -> Iterator[str]:
    for report in reports:
        yield f"{report.name}: {_became(report, options)}"
        for loss, number in report.losses.items():
            yield f"  left out: {f'{number:,} x ' if number > 1 else ''}{loss}"
        yield from (f"  {fault}" for fault in report.faults)
        if report.more_faults:
            yield f"  and {count(report.more_faults, 'more fault')}"
    if any(report.scenarios for report in reports):
        yield from map(str, missing)
    extents = Counter(report.extent for report in reports)
    parts = [f"{extents[each]} {each}" for each in _EXTENTS if extents[each]]
    if parts:
        yield f"{count(len(reports), 'file')}: {', '.join(parts)}"


def _became(report: FileReport, options: ImportOptions) -> str:
    if report.used_by is not None:
        return f"part of {report.used_by}"
    if report.format is None:
        return report.extent
    how = f"{report.format} ({'guessed' if options.format is None else 'as given'})"
    found = [count(report.scenarios, "scenario")] if report.scenarios else []
    found += [count(report.replies, "reply", "replies")] if report.replies else []
    return f"{how}, {report.extent}{': ' if found else ''}{', '.join(found)}"
