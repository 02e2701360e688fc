"""Why a cassette has no recording for a request: what differs from the nearest one that it has."""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, takewhile
from pathlib import Path
from typing import Final

from dialogs.chat import ChatRequest, CompletionPlace
from dialogs.encoding import JsonObject, JsonValue, canonical, decode, encode_line
from dialogs.journal.contents import whole_lines
from dialogs.journal.reading import Recordings
from dialogs.journal.recordings import Recording, is_completion, key_and_dialogue_in
from dialogs.opened_files import open_lines

_COMPARED: Final = 2000
_NAMED: Final = 3
_BEFORE: Final = 15
_SHOWN: Final = 60
_SCENARIO: Final = re.compile(r"[^@\[]*")


class Nearest:
    """Explains the misses of a cassette; finds the recordings of each dialogue at the first one."""

    def __init__(self, path: Path, recordings: Recordings) -> None:
        """Explain for the cassette at `path`."""
        self._path = path
        self._recordings = recordings
        self._offsets: dict[str, list[int]] | None = None
        self._similar: dict[str, str | None] = {}

    def explain(self, request: ChatRequest) -> str:
        """Say what differs between a request and the nearest one that was recorded."""
        name = self._nearest_dialogue(request.place.dialogue)
        if name is None:
            return "no dialogue with a similar name was recorded"
        recorded = [self._recordings.read(offset) for offset in self._by_dialogue()[name]]
        here = [recording for recording in recorded if _step(recording.place) == _step(request.place)]
        if not here:
            turns = sorted({recording.place.turn for recording in recorded})
            return f"{name} was recorded for {_listed(turns)} only"
        found = min((_differences(recording, recorded, request) for recording in here), key=len)
        where = "it" if name == request.place.dialogue else str(here[0].place)
        if found:
            return f"{where} was recorded with {'; '.join(found[:_NAMED])}"
        if name == request.place.dialogue:
            return "it was recorded on another endpoint"
        return f"the same request of {here[0].place} was recorded, and is replayed once, for one dialogue"

    def _by_dialogue(self) -> Mapping[str, Sequence[int]]:
        if self._offsets is None:
            self._offsets = {}
            with open_lines(self._path) as file:
                for line in whole_lines(file, self._path):
                    if is_completion(line.data):
                        dialogue = key_and_dialogue_in(line.data)[1]
                        self._offsets.setdefault(dialogue, []).append(line.offset)
        return self._offsets

    def _nearest_dialogue(self, dialogue: str) -> str | None:
        """Find the dialogue itself, or one of the scenario with the most similar name."""
        names = self._by_dialogue()
        if dialogue in names:
            return dialogue
        scenario = _scenario(dialogue)
        if scenario not in self._similar:
            scenarios = dict.fromkeys(islice(map(_scenario, names), _COMPARED))
            self._similar[scenario] = next(iter(difflib.get_close_matches(scenario, scenarios, 1)), None)
        similar = self._similar[scenario]
        if similar is None:
            return None
        renamed = similar + dialogue.removeprefix(scenario)
        return renamed if renamed in names else next(name for name in names if _scenario(name) == similar)


def _scenario(dialogue: str) -> str:
    """Take the scenario's name from the front of a dialogue's."""
    found = _SCENARIO.match(dialogue)
    return found.group() if found else dialogue


def _step(place: CompletionPlace) -> tuple[int, int, str, int]:
    return place.turn, place.round, place.arm, place.resample


def _listed(turns: Sequence[int]) -> str:
    if len(turns) == 1:
        return f"turn {turns[0]}"
    return f"turns {turns[0]} to {turns[-1]}"


def _differences(recording: Recording, recorded: Sequence[Recording], request: ChatRequest) -> list[str]:
    """Describe what differs between a recorded request and one that is asked: recorded first."""
    return [
        *_in_value("the model", recording.request.model, request.model),
        *_in_objects("parameter", recording.request.params, request.params),
        *_in_objects("extra_body", recording.request.extra_body, request.extra_body),
        *_in_tools(recording.request.tools_sha256, request.tools_sha256),
        *_in_messages(recording, recorded, request),
    ]


def _in_value(what: str, recorded: JsonValue, asked: JsonValue) -> Iterator[str]:
    if recorded != asked:
        yield f"{what} {_excerpts(encode_line(recorded), encode_line(asked))}"


def _in_objects(what: str, recorded: JsonObject, asked: JsonObject) -> Iterator[str]:
    for name in sorted(recorded.keys() | asked.keys()):
        if name not in recorded:
            yield f"no {what} {name}, asked with {_excerpt(encode_line(asked[name]))}"
        elif name not in asked:
            yield f"{what} {name} {_excerpt(encode_line(recorded[name]))}, asked without"
        else:
            yield from _in_value(f"{what} {name}", recorded[name], asked[name])


def _in_tools(recorded: str | None, asked: str | None) -> Iterator[str]:
    match recorded, asked:
        case None, str():
            yield "no tools, asked with some"
        case str(), None:
            yield "tools, asked without"
        case _ if recorded != asked:
            yield "other tools"


def _in_messages(recording: Recording, recorded: Sequence[Recording], request: ChatRequest) -> Iterator[str]:
    known = _known_messages(recording, recorded)
    for index, message in enumerate(request.messages):
        if index in known and canonical(known[index]) != message.hashed:
            asked = decode(message.hashed)
            yield from _in_message(f"message {index + 1} ({message.role})", known[index], asked)
    if recording.request.length != len(request.messages):
        yield f"{recording.request.length} messages, asked with {len(request.messages)}"


def _known_messages(recording: Recording, recorded: Sequence[Recording]) -> Mapping[int, JsonObject]:
    """Gather the recorded messages by index: those of earlier rounds first, so that later ones go over them."""
    known: dict[int, JsonObject] = {}
    earlier = [other for other in recorded if _round(other) < _round(recording)]
    for source in (*sorted(earlier, key=_round), recording):
        known.update(enumerate(source.request.messages, source.request.first))
    return known


def _round(recording: Recording) -> tuple[int, int]:
    return recording.place.turn, recording.place.round


def _in_message(what: str, recorded: JsonObject, asked: JsonValue) -> Iterator[str]:
    if isinstance(asked, dict) and recorded.keys() == asked.keys():
        for name in recorded:
            part = what if name == "content" else f"{what}, {name},"
            yield from _in_value(part, recorded[name], asked[name])
    else:
        yield from _in_value(what, recorded, asked)


def _excerpts(recorded: str, asked: str) -> str:
    """Show two JSON texts around the first place where they differ."""
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(recorded, asked, strict=False)))
    start = max(same - _BEFORE, 0) if max(len(recorded), len(asked)) > _SHOWN else 0
    return f"{_excerpt(recorded, start)}, asked with {_excerpt(asked, start)}"


def _excerpt(text: str, start: int = 0) -> str:
    cut = text[start : start + _SHOWN]
    return f"{'…' if start else ''}{cut}{'…' if start + _SHOWN < len(text) else ''}"
