"""Writes reports: the one that `dialogs diff` is asked for, and those of a run beside its transcripts."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dialogs.cli.output import stdout_terminal, write_lines
from dialogs.cli.pager import write_paged
from dialogs.cli.report_flags import Format, ReportFlags
from dialogs.compare import Comparison, Label
from dialogs.opened_files import open_lines
from dialogs.reports.commands import ComparedFiles
from dialogs.reports.comparison_text import comparison_parts
from dialogs.reports.screen import draw
from dialogs.reports.terminal import Terminal
from dialogs.transcript_files import read_transcripts
from dialogs.whole_files import write_whole

if TYPE_CHECKING:
    from dialogs.indexed_transcripts import IndexedTranscripts


@dataclass(frozen=True, slots=True)
class Sides:
    """Both files of a comparison, open."""

    baseline: "IndexedTranscripts"
    candidate: "IndexedTranscripts"


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison with the names of its files, and the labels that make it fail; `sides` are the files, if open."""

    comparison: Comparison
    files: ComparedFiles
    fail_on: frozenset[Label]
    sides: Sides | None = None

    @property
    def fails(self) -> bool:
        """Whether something has such a label."""
        return self.comparison.fails(self.fail_on)


def report(compared: Compared, form: Format, output: Path | None, *, full: bool = False, no_pager: bool = True) -> None:
    """Write a comparison to a file, or to stdout, as text through a pager where it is long, but for `no_pager`."""
    if output is not None:
        write_whole(output, _lines(compared, form, Terminal(), full=full), check=_CHECKS.get(form, _anything))
    elif form is Format.TEXT:
        write_paged(_lines(compared, form, stdout_terminal(), full=full), no_pager=no_pager)
    else:
        write_lines(_lines(compared, form, stdout_terminal(), full=full), is_data=True)


def _lines(compared: Compared, form: Format, terminal: Terminal, *, full: bool) -> Iterable[str]:
    comparison, files, fail_on = compared.comparison, compared.files, compared.fail_on
    # Each report is imported where it is written: none waits for the others.
    match form:
        case Format.TEXT:
            return draw(comparison_parts(comparison, full=full, accept=files.accept), terminal)
        case Format.MARKDOWN:
            from dialogs.reports.comparison_markdown import comparison_markdown  # noqa: PLC0415

            return [comparison_markdown(comparison, files).rstrip("\n")]
        case Format.JSON:
            from dialogs.reports.comparison_json import comparison_json  # noqa: PLC0415

            return comparison_json(comparison)
        case Format.JUNIT:
            from dialogs.reports.comparison_junit import comparison_junit  # noqa: PLC0415

            return [comparison_junit(comparison, files, fail_on).rstrip("\n")]
        case Format.GITHUB:
            from dialogs.reports.comparison_github import comparison_github  # noqa: PLC0415

            return comparison_github(comparison, files, fail_on)
        case Format.HTML:
            from dialogs.cli.paging import comparison_page  # noqa: PLC0415

            return comparison_page(comparison, files, compared.sides)


def _anything(_path: Path) -> None:
    pass


def _is_xml(path: Path) -> None:
    """Read a file as XML, as those who take it will."""
    from xml.parsers.expat import ParserCreate  # noqa: PLC0415 - it reads what was written a moment ago

    with open_lines(path) as file:
        ParserCreate().ParseFile(file)


_CHECKS: Final[Mapping[Format, Callable[[Path], None]]] = {Format.JUNIT: _is_xml}


def write_reports(wanted: ReportFlags, transcripts: Path, compared: Compared | None = None) -> None:
    """Write a run's reports: of the comparison with a baseline where there is one, else of how the dialogues ended.

    Raises:
        WrongUseError: there is no place for one.
        IncompleteError: one could not be written.
    """
    for form, path in _forms(wanted):
        if path is None:
            continue
        if compared is not None:
            report(compared, form, path)
        else:
            write_whole(path, _run_lines(transcripts, form), check=_CHECKS.get(form, _anything))


def _forms(wanted: ReportFlags) -> Iterator[tuple[Format, Path | None]]:
    yield Format.JUNIT, wanted.junit
    yield Format.MARKDOWN, wanted.markdown
    yield Format.HTML, wanted.html


def _run_lines(transcripts: Path, form: Format) -> Iterator[str]:
    if form is Format.HTML:
        from dialogs.cli.paging import transcripts_page  # noqa: PLC0415 - rarely wanted

        yield from transcripts_page([transcripts])
        return
    from dialogs.reports.run_junit import run_junit  # noqa: PLC0415 - rarely wanted, as above
    from dialogs.reports.run_markdown import run_markdown  # noqa: PLC0415

    make = run_junit if form is Format.JUNIT else run_markdown
    yield make(lambda: read_transcripts(transcripts), str(transcripts)).rstrip("\n")
