"""Finds dialogues in a transcript file and prints them, or a request of theirs."""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from dialogs.cli.output import stdout_terminal, write_lines
from dialogs.cli.pager import write_paged
from dialogs.compare import compare
from dialogs.encoding import JsonValue, decode
from dialogs.errors import NothingSelectedError, UnreadableTranscriptError, WrongUseError
from dialogs.media import has_reference
from dialogs.model_text import ModelText
from dialogs.opened_files import open_lines
from dialogs.reports.curl import completion_of, curl_command, turn_request
from dialogs.reports.models_table import Alike, alike, models_table
from dialogs.reports.screen import BLANK, Part, Span, draw, paragraph
from dialogs.reports.terminal import Terminal
from dialogs.reports.transcript_text import transcript_parts
from dialogs.sameness import Metric, Sameness
from dialogs.selection import is_like
from dialogs.transcript import Transcript, TurnRecord
from dialogs.transcript_files import read_transcripts

_ROUND: Final = re.compile(r"[0-9]+(\.[0-9]+)?")
_MOST_NAMED: Final = 5
_MOST_SEARCHED: Final = 2_000
_TWO: Final = 2


def print_transcripts(file: Path, wanted: str | None, *, no_pager: bool) -> None:
    """Print all dialogues of a file, or those that are wanted."""
    transcripts = read_transcripts(file)
    chosen = transcripts if wanted is None else select(transcripts, wanted, file)
    write_paged(draw(_pages(chosen, file), stdout_terminal()), no_pager=no_pager)


def _pages(transcripts: Iterable[Transcript], file: Path) -> Iterator[Part]:
    number = 0
    for number, transcript in enumerate(transcripts, 1):
        if number > 1:
            yield BLANK
        yield from transcript_parts(transcript)
    if number == 0:
        raise NothingSelectedError(f"{file}: no dialogue in this file")


def print_stable_text(file: Path) -> None:
    """Print every dialogue without what differs from run to run; a line that is no transcript is printed as it is.

    git calls this to compare two versions of a baseline, and gives up where it fails.
    """
    write_lines(draw(_stable_pages(file), Terminal()))


def _stable_pages(file: Path) -> Iterator[Part]:
    try:
        with open_lines(file) as lines:
            for line in lines:
                yield from _stable_part(line.rstrip(b"\r\n"))
    except OSError as error:
        raise UnreadableTranscriptError(f"{file}: {error.strerror}; wanted a transcript file (JSONL)") from None


def _stable_part(line: bytes) -> list[Part]:
    try:
        return _stable_page(decode(line))
    except ValueError:
        return [paragraph(Span(ModelText(line.decode("utf-8", "backslashreplace"))))]


def _stable_page(record: JsonValue) -> list[Part]:
    stable = {name: value for name, value in record.items() if name != "run"} if isinstance(record, Mapping) else record
    return [*transcript_parts(Transcript.from_record(stable)), BLANK]


def print_models(file: Path, wanted: str | None) -> None:
    """Print how much each two models of a file reply the same.

    Raises:
        WrongUseError: it has only one.
    """
    transcripts = list(read_transcripts(file))
    by_model: dict[str, list[Transcript]] = {}
    for transcript in transcripts if wanted is None else select(transcripts, wanted, file):
        by_model.setdefault(transcript.model, []).append(transcript)
    if len(by_model) < _TWO:
        raise WrongUseError(f"{file}: its dialogues are all of {', '.join(by_model) or 'no model'}; wanted two models")

    def compared(one: str, other: str) -> Alike:
        sides = by_model[one], by_model[other]
        return alike(compare(*sides), compare(*sides, Sameness(Metric.LEXICAL, 1.0)))

    write_lines(draw(models_table(list(by_model), compared), stdout_terminal()))


def select(transcripts: Iterable[Transcript], wanted: str, file: Path) -> list[Transcript]:
    """Find dialogues by id, by scenario, by a glob on either, or by the beginning of one id, in this order.

    Raises:
        NothingSelectedError: nothing is named so, or an id's beginning is that of several.
    """
    by_scenario: list[Transcript] = []
    by_glob: list[Transcript] = []
    by_prefix: list[Transcript] = []
    names: list[str] = []
    for transcript in transcripts:
        if transcript.id == wanted:
            return [transcript]
        names.append(transcript.id)
        if transcript.scenario == wanted:
            by_scenario.append(transcript)
        elif is_like(transcript.id, wanted) or is_like(transcript.scenario, wanted):
            by_glob.append(transcript)
        elif transcript.id.startswith(wanted):
            by_prefix.append(transcript)
    found = by_scenario or by_glob or by_prefix
    if found and (found is not by_prefix or len(found) == 1):
        return found
    raise NothingSelectedError(f"{file}: {_nothing(wanted, [transcript.id for transcript in by_prefix], names)}")


def _nothing(wanted: str, beginnings: list[str], names: list[str]) -> str:
    if beginnings:
        return f'{len(beginnings)} dialogues begin with "{wanted}": {_listed(beginnings)}; say more of the id, or add *'
    if not names:
        return "no dialogue in this file"
    near = get_close_matches(wanted, names[:_MOST_SEARCHED], n=1, cutoff=0.4)
    hint = f'did you mean "{near[0]}"?' if near else f"there are {_listed(names)}"
    return f'no dialogue is named "{wanted}"; {hint}'


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
    return f"{', '.join(names[:_MOST_NAMED])}{more}"


def print_request(file: Path, request: str, wanted: str | None) -> None:
    """Print what was sent in a turn as a curl command.

    `request` is ID:TURN, or the turn alone where that is enough; TURN.ROUND means a later round of tool calls.
    """
    name, _, number = request.rpartition(":")
    if not _ROUND.fullmatch(number):
        raise WrongUseError(f'--request {request}: wanted ID:TURN, such as "refund-policy@gpt-4o#0:2"')
    number, _, later = number.partition(".")
    round_ = int(later or 1)
    name = name or wanted or "*"
    chosen = select(read_transcripts(file), name, file)
    if len(chosen) > 1:
        raise WrongUseError(f"--request {request}: {_listed([one.id for one in chosen])}; name one of them")
    transcript = chosen[0]
    turn = _asked_turn(transcript, int(number), round_)
    rebuilt = turn_request(transcript, turn, round_)
    completion = completion_of(turn, round_)
    if completion is not None and completion.history_sha256 != rebuilt.history_sha256:
        sys.stderr.write("dialogs: this history is not the one that was sent: its hash differs from the recorded one\n")
    if transcript.tools_sha256:
        sys.stderr.write("dialogs: the request had tools, which a transcript does not keep; add them to the body\n")
    if any(has_reference(message.data) for message in rebuilt.messages):
        sys.stderr.write(
            "dialogs: the request had media, which the transcript only refers to; run with --inline-media\n"
        )
    write_lines([curl_command(rebuilt, transcript.endpoint)], is_data=True)


def _asked_turn(transcript: Transcript, number: int, round_: int) -> TurnRecord:
    asked = {turn.turn: turn for turn in transcript.turns}
    if number not in asked:
        there = ", ".join(str(turn) for turn in asked) or "none"
        raise WrongUseError(f"{transcript.id} asked nothing in turn {number}; turns that were asked: {there}")
    turn = asked[number]
    failed = transcript.error is not None and transcript.error.turn == number and not _ends_in_reply(transcript)
    rounds = max(1, len(turn.completions) + failed)
    if not 0 < round_ <= rounds:
        raise WrongUseError(f"{transcript.id} has no round {round_} in turn {number}; it has {rounds}")
    return turn


def _ends_in_reply(transcript: Transcript) -> bool:
    return bool(transcript.messages) and transcript.messages[-1].get("role") == "assistant"
