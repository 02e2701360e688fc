"""Applies the expectations that scenarios have now to transcripts of earlier runs, without any request."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from dialogs.chat import message_from_record
from dialogs.encoding import JsonObject, JsonValue, encode_line
from dialogs.expectation_kinds import TIMING_KINDS
from dialogs.playing import outcome_of
from dialogs.resuming import FINISHED
from dialogs.scenario import Dialogue, Scenario
from dialogs.talk import Talk
from dialogs.transcript import ExpectationRecord, Transcript, TurnRecord

_EXCERPT = 50
_NO_TIME = "no time is known"
_NO_USAGE = "the transcript does not count its tokens"


@dataclass(frozen=True, slots=True)
class Unfit:
    """A transcript that is no longer what its scenario would be played to, and where it is not."""

    transcript: Transcript
    reason: str


@dataclass(frozen=True, slots=True)
class Grading:
    """A transcript and its dialogue played again on its own replies; the talk's unjudged expectations may be judged."""

    transcript: Transcript
    talk: Talk

    def graded(self) -> Transcript:
        """Return the transcript with the expectations of now, and the outcome that follows.

        What was not judged keeps the verdict that it has in the transcript, if the expectation is the same.
        """
        turns = tuple(map(_graded, self.transcript.turns, self.talk.turns))
        outcome = self.transcript.outcome
        return replace(
            self.transcript, turns=turns, outcome=outcome_of(None, turns) if outcome in FINISHED else outcome
        )


class Scenarios:
    """The dialogues of scenarios, found by their names in transcripts."""

    def __init__(self, scenarios: Iterable[Scenario]) -> None:
        """Take the scenarios as they are now."""
        self._by_id = {scenario.id: scenario for scenario in scenarios}

    def dialogue_of(self, transcript: Transcript) -> Dialogue | Unfit:
        """Return the dialogue that a transcript is of, with the parameters that it was played with."""
        scenario = self._by_id.get(transcript.scenario)
        if scenario is None:
            return Unfit(transcript, f"no scenario {transcript.scenario} is among those given")
        for case in scenario.cases or (None,):
            dialogue = Dialogue(
                scenario,
                transcript.model,
                transcript.sample,
                params=transcript.params,
                extra_body=transcript.extra_body,
                case=None if case is None else case.values,
                case_name=None if case is None else case.name,
            )
            if dialogue.id == transcript.id:
                return dialogue
        return Unfit(transcript, f"its case is no longer in the scenario {scenario.id}")


def regraded(transcript: Transcript, scenarios: Scenarios) -> Grading | Unfit:
    """Play a transcript's dialogue again on its own replies, and hold them against the expectations of now."""
    dialogue = scenarios.dialogue_of(transcript)
    if isinstance(dialogue, Unfit):
        return dialogue
    talk = Talk(dialogue, transcript.model)
    for turn in transcript.turns:
        for completion in turn.completions:
            request = talk.next_request()
            reason = talk.fault.message if talk.fault else _difference(talk, transcript.messages[: completion.reply])
            if reason or request is None:
                return Unfit(transcript, reason or f"turn {turn.turn} is no longer in the script")
            talk.take(completion.reply_with(transcript.messages[completion.reply]))
    if transcript.outcome in FINISHED and talk.next_request() is not None:
        return Unfit(transcript, f"the script goes on with turn {talk.turn}, which is not in the transcript")
    return Grading(transcript, talk)


def _difference(talk: Talk, messages: Sequence[JsonObject]) -> str | None:
    """Say where the history of a request is not what the transcript has before its reply."""
    said = talk.history.messages
    number = 0
    for index, recorded in enumerate(messages):
        number += recorded.get("role") == "user"
        now = said[index] if index < len(said) else None
        then = message_from_record(recorded, talk.dialogue.scenario.send_back)
        if now is None or now.role != then.role or now.hashed != then.hashed:
            where = f"turn {number}, {then.role}" if number else str(then.role)
            return (
                f"{where}: {_words(recorded)} in the transcript, {_words(now.data) if now else 'nothing'} in the script"
            )
    if len(said) > len(messages):
        return f"turn {talk.turn}, {said[len(messages)].role}: {_words(said[len(messages)].data)} in the script alone"
    return None


def _words(message: JsonObject) -> str:
    content: JsonValue = message.get("content")
    text = encode_line(content)
    return text if len(text) <= _EXCERPT else f"{text[: _EXCERPT - 1]}…"


def _graded(recorded: TurnRecord, now: TurnRecord) -> TurnRecord:
    known = list(recorded.expectations)
    return replace(recorded, expectations=tuple(_settled(each, recorded, known) for each in now.expectations))


def _settled(record: ExpectationRecord, turn: TurnRecord, known: list[ExpectationRecord]) -> ExpectationRecord:
    if record.passed is None:
        same = next((old for old in known if (old.kind, old.value) == (record.kind, record.value)), None)
        return record if same is None else replace(same, place=record.place)
    if record.kind in TIMING_KINDS and any(each.latency_ms is None for each in turn.completions):
        return replace(record, passed=None, found=_NO_TIME)
    if record.kind == "max_tokens" and not any(each.usage for each in turn.completions):
        return replace(record, passed=None, found=_NO_USAGE)
    return record


def unmet_in(transcript: Transcript) -> Iterator[tuple[int, ExpectationRecord]]:
    """Give what is unmet in a transcript, with its turn; what is about time is not among it."""
    for turn in transcript.turns:
        for record in turn.expectations:
            if record.passed is False and not record.is_timing:
                yield turn.turn, record
