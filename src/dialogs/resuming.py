"""Which transcripts of an earlier run stand for their dialogues, so that nothing is asked again."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from dialogs.content import content_value
from dialogs.encoding import JsonObject, JsonValue
from dialogs.errors import WrongUseError
from dialogs.scenario import Dialogue, Instruction, Scenario, ScriptedExchange, UserTurn
from dialogs.transcript import Outcome, Transcript

FINISHED: Final = frozenset((Outcome.COMPLETED, Outcome.UNMET))


def finished_dialogues(
    transcripts: Iterable[Transcript], dialogues: Iterable[Dialogue], identities: Mapping[str, str]
) -> dict[str, Transcript]:
    """Return, by id, the transcripts that are whole and of the same script and parameters as their dialogue now.

    `identities` gives each model's endpoint.

    Raises:
        WrongUseError: a transcript was made on another endpoint.
    """
    by_id = {transcript.id: transcript for transcript in transcripts if transcript.outcome in FINISHED}
    kept: dict[str, Transcript] = {}
    for dialogue in dialogues:
        transcript = by_id.get(dialogue.id)
        if transcript is not None and is_of(transcript, dialogue):
            _check_endpoint(transcript, identities[dialogue.model])
            kept[dialogue.id] = transcript
    return kept


def is_of(transcript: Transcript, dialogue: Dialogue) -> bool:
    """Say whether a finished transcript is what the script and parameters of a dialogue would be played to."""
    scenario = dialogue.scenario
    replies = {completion.reply for turn in transcript.turns for completion in turn.completions}
    scripted = [message for index, message in enumerate(transcript.messages) if index not in replies]
    asked = [(turn.params, turn.extra_body) for turn in transcript.turns]
    return (
        scripted == list(_script(scenario))
        and asked == [(entry.params, entry.extra_body) for entry in scenario.entries if isinstance(entry, UserTurn)]
        and (transcript.params, transcript.extra_body) == (dialogue.params, dialogue.extra_body)
        and transcript.send_back == scenario.send_back
    )


def _script(scenario: Scenario) -> Iterator[JsonObject]:
    if scenario.system is not None:
        yield _message("system", scenario.system)
    for entry in scenario.entries:
        match entry:
            case Instruction(role, text):
                yield _message(role, text)
            case ScriptedExchange(user, assistant):
                yield _message("user", content_value(user))
                yield _message("assistant", assistant)
            case UserTurn(user):
                yield _message("user", content_value(user))


def _message(role: str, content: JsonValue) -> JsonObject:
    return {"role": role, "content": content}


def _check_endpoint(transcript: Transcript, identity: str) -> None:
    if transcript.endpoint is not None and transcript.endpoint != identity:
        raise WrongUseError(
            f"{transcript.id} was played on {transcript.endpoint}, and {transcript.model} is now {identity}; use the "
            "endpoint that the run was begun on, choose another output with -o, or begin anew with --fresh"
        )
