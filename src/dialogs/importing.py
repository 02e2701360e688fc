"""Files of other formats to scenario files, and the replies in them to a baseline."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Final, Literal, TypeAlias

from dialogs.errors import FileFault, Place
from dialogs.formats.baselines import baseline
from dialogs.formats.botium import utterances_of
from dialogs.formats.catalogue import BY_NAME, FORMATS, Format, Surroundings, guess
from dialogs.formats.drafts import Imported, Loss, Take, UnfitError
from dialogs.formats.mt_bench import read_answer, recognises_answers
from dialogs.formats.naming import Names, id_of
from dialogs.formats.records import LINES, YAML, records_of_lines, records_of_text
from dialogs.formats.trees import Tree
from dialogs.import_files import ImportWriter, SourceFile, lines_of
from dialogs.loading.documents import TextNode
from dialogs.loading.faults import Faults
from dialogs.loading.files import MAX_BYTES as SCENARIO_BYTES
from dialogs.loading.files import Unreadable, decode_text, read_text_bytes
from dialogs.loading.folders import Folder
from dialogs.loading.paths import ScenarioFile
from dialogs.loading.scenarios import ScenarioReader
from dialogs.loading.writing import scenario_yaml
from dialogs.scenario import Scenario

MAX_BYTES: Final = 64 * 1024 * 1024
_MOST_FAULTS: Final = 1000
_UTTERANCES: Final = ".utterances.txt"
_PARTIAL: Final = ".pconvo.txt"
_Records: TypeAlias = Iterable[Tree | FileFault]
Extent: TypeAlias = Literal["whole", "in part", "not at all"]


@dataclass(slots=True)
class FileReport:
    """What became of one file. `replies` are those that stand in the baseline, or would.

    `used_by` names the file that this one is a part of, and by which it came over.
    """

    name: str
    format: str | None = None
    is_guess: bool = True
    scenarios: int = 0
    replies: int = 0
    losses: Counter[str] = field(default_factory=Counter)
    faults: list[FileFault] = field(default_factory=list)
    more_faults: int = 0
    used_by: str | None = None

    def add(self, fault: FileFault) -> None:
        """Note a fault; beyond a thousand they are only counted."""
        if len(self.faults) < _MOST_FAULTS:
            self.faults.append(fault)
        else:
            self.more_faults += 1

    @property
    def extent(self) -> Extent:
        """How much of the file came over."""
        if not self.scenarios and not self.replies and self.used_by is None:
            return "not at all"
        return "in part" if self.losses or self.faults else "whole"


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How to read: a format for all files, or None to guess; `model` names what a source does not name."""

    format: str | None = None
    scripted: bool = False
    model: str = "import"
    max_bytes: int = MAX_BYTES


@dataclass(slots=True)
class _Start:
    """The place of a path that is known by its text alone."""

    line: int = 0
    column: int = 0


class _Answers:
    """The answers to questions that stand in files of their own, and which of them were asked for."""

    def __init__(self) -> None:
        self._takes: dict[str, list[Take]] = {}
        self._files: dict[str, list[tuple[FileReport, int]]] = {}

    def add(self, question: str, takes: Sequence[Take], report: FileReport) -> None:
        self._takes.setdefault(question, []).extend(takes)
        self._files.setdefault(question, []).append((report, sum(len(take.replies) for take in takes)))

    def of(self, question: str) -> Sequence[Take]:
        for report, replies in self._files.pop(question, ()):
            report.replies += replies
        return self._takes.get(question, ())

    def report_unasked(self) -> None:
        """Note the answers to questions that were in no file."""
        for report, _replies in chain.from_iterable(self._files.values()):
            report.losses["answer to a question that is in none of the files"] += 1


class _Utterances(Mapping[str, Sequence[str]]):
    """Lists of texts by their names, and which of their files were looked into."""

    def __init__(self, used: dict[str, str]) -> None:
        self._lists: dict[str, tuple[SourceFile, list[str]]] = {}
        self._used = used

    def add(self, file: SourceFile, text: str) -> None:
        self._lists |= {name: (file, texts) for name, texts in utterances_of(text).items()}

    def __getitem__(self, name: str) -> Sequence[str]:
        file, texts = self._lists[name]
        self._used[file.real_path] = "the convos"
        return texts

    def __iter__(self) -> Iterator[str]:
        return iter(self._lists)

    def __len__(self) -> int:
        return len(self._lists)


class Importer:
    """Reads files one after the other and writes what they say; one report for each."""

    def __init__(self, options: ImportOptions, writer: ImportWriter) -> None:
        """Write to `writer`."""
        self._options = options
        self._writer = writer
        self._names = Names()
        self._answers = _Answers()
        self._used: dict[str, str] = {}
        self._utterances = _Utterances(self._used)

    def run(self, files: Sequence[SourceFile]) -> list[FileReport]:
        """Read all files, those first that others refer to."""
        reports = [FileReport(file.name) for file in files]
        pairs = list(zip(files, reports, strict=True))
        scripts = [pair for pair in pairs if not self._read_companion(*pair)]
        # A configuration may name files that would be taken for conversations by themselves.
        for file, report in sorted(scripts, key=lambda pair: pair[0].suffix not in YAML):
            if file.real_path not in self._used:
                self._read(file, report)
        self._answers.report_unasked()
        for file, report in pairs:
            if (used_by := self._used.get(file.real_path)) is not None and not report.scenarios:
                report.used_by, report.faults, report.more_faults = used_by, [], 0
        return reports

    def _read_companion(self, file: SourceFile, report: FileReport) -> bool:
        """Take in a file that belongs to others; say whether it was one."""
        named = self._options.format
        if named in {None, "mt-bench"} and file.suffix in LINES and _holds_answers(file):
            self._read_answers(file, report)
            return True
        if named not in {None, "botium"}:
            return False
        if file.path.endswith(_UTTERANCES):
            report.format = "botium"
            text = self._text(file)
            if isinstance(text, str):
                self._utterances.add(file, text)
            report.add(FileFault(Place(file.name, 1, 1), "a list of utterances, for convos; no conversation by itself"))
            return True
        if file.path.endswith(_PARTIAL):
            report.format = "botium"
            report.add(FileFault(Place(file.name, 1, 1), "a part that convos include; no conversation by itself"))
            return True
        return False

    def _read_answers(self, file: SourceFile, report: FileReport) -> None:
        report.format = "mt-bench"
        for record in records_of_lines(lines_of(file, self._options.max_bytes), file.name):
            try:
                if isinstance(record, FileFault):
                    report.add(record)
                else:
                    question, takes = read_answer(record)
                    self._answers.add(question, takes, report)
            except UnfitError as error:
                report.add(error.fault)

    def _read(self, file: SourceFile, report: FileReport) -> None:
        records, format_ = self._recognised(file, report)
        if format_ is None:
            return
        report.format = format_.name
        trees = _without_faults(records, report)
        near = Surroundings(
            beside=lambda path: self._beside(file, path),
            takes=self._answers.of,
            scripted=self._options.scripted,
            utterances=self._utterances,
        )
        with self._writer.source(file) as write:
            for number, item in enumerate(format_.read(trees, near), 1):
                match item:
                    case FileFault():
                        report.add(item)
                    case Loss(what):
                        report.losses[what] += 1
                    case Imported():
                        self._take(item, number, file, report, write)

    def _beside(self, file: SourceFile, path: str) -> str | Unreadable:
        self._used[os.path.realpath(Path(file.path).parent / path)] = file.name
        faults = Faults(file.name)
        node = TextNode(_Start(), path, plain=True)
        found = Folder(file.path, self._options.max_bytes).text(node, faults, any_characters=True)
        return found.text if found else Unreadable("; ".join(fault.message for fault in faults.in_order()))

    def _take(
        self, item: Imported, number: int, file: SourceFile, report: FileReport, write: Callable[[str], None]
    ) -> None:
        name = id_of(item.name or "") or f"{file.stem}-{number}"
        scenario = replace(item.scenario, id=self._names.take(name))
        text = scenario_yaml(scenario)
        if (fault := _fault_of(text, scenario)) is not None:
            report.add(fault)
            return
        write(text)
        report.scenarios += 1
        report.losses.update(item.losses)
        ids = set()
        for take in item.takes:
            transcript = baseline(scenario, take, self._options.model)
            if transcript is not None and transcript.id in ids:
                report.losses["second set of a model's replies to one script"] += 1
            elif transcript is not None:
                ids.add(transcript.id)
                self._writer.write_transcript(transcript)
                if report.format != "mt-bench":  # those are counted where they stand
                    report.replies += sum(len(turn.completions) for turn in transcript.turns)

    def _recognised(self, file: SourceFile, report: FileReport) -> tuple[_Records, Format | None]:
        """Find the format of a file by its first record."""
        records = iter(self._records(file))
        seen: list[Tree | FileFault] = []
        for record in records:
            seen.append(record)
            if isinstance(record, Tree):
                break
        if not seen:
            seen.append(FileFault(Place(file.name, 1, 1), "an empty file; wanted conversations"))
        format_ = self._format_of(seen[-1], report)
        if format_ is None:
            _report_unknown(seen, report)
        return chain(seen, records), format_

    def _format_of(self, first: Tree | FileFault, report: FileReport) -> Format | None:
        if self._options.format is not None:
            report.is_guess = False
            return BY_NAME[self._options.format]
        return guess(first.value) if isinstance(first, Tree) else None

    def _records(self, file: SourceFile) -> _Records:
        if file.suffix in LINES:
            return records_of_lines(lines_of(file, self._options.max_bytes), file.name)
        text = self._text(file)
        if isinstance(text, Unreadable):
            return [FileFault(Place(file.name, text.line, text.column), text.message)]
        return records_of_text(text, file.name, file.suffix)

    def _text(self, file: SourceFile) -> str | Unreadable:
        data = read_text_bytes(file.real_path, self._options.max_bytes)
        return data if isinstance(data, Unreadable) else decode_text(data)


def _holds_answers(file: SourceFile) -> bool:
    record = next(iter(records_of_lines(lines_of(file, MAX_BYTES), file.name)), None)
    return isinstance(record, Tree) and recognises_answers(record.value)


def _report_unknown(seen: Sequence[Tree | FileFault], report: FileReport) -> None:
    names = ", ".join(one.name for one in FORMATS)
    wanted = f"in none of the formats that are read: {names}; wanted one of them, or --from with the one that it is in"
    for each in seen:
        report.add(each if isinstance(each, FileFault) else FileFault(each.place, wanted))


def _without_faults(records: _Records, report: FileReport) -> Iterator[Tree]:
    for record in records:
        if isinstance(record, FileFault):
            report.add(record)
        else:
            yield record


def _fault_of(text: str, scenario: Scenario) -> FileFault | None:
    """Load what would be written, as a run would, and return the first thing wrong with it."""
    if len(text.encode()) > SCENARIO_BYTES:
        return FileFault(scenario.place, f"would make a scenario file of more than {SCENARIO_BYTES:,} bytes")
    name = f"{scenario.id}.yaml"
    _scenarios, faults = ScenarioReader().read_text(text, ScenarioFile(name, name, name))
    if not faults:
        return None
    return FileFault(scenario.place, f"would make no valid scenario: {faults[0].message}")
