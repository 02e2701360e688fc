"""Which transcripts of an earlier run stand for their dialogues, so that nothing is asked again."""

from collections.abc import Mapping
from typing import Final

from dialogs.chat import History, message_from_record, tools_hash
from dialogs.errors import WrongUseError
from dialogs.scenario import Dialogue
from dialogs.talk import Talk
from dialogs.transcript import Outcome, Transcript, TurnRecord

FINISHED: Final = frozenset((Outcome.COMPLETED, Outcome.UNMET))


def stands_for(transcript: Transcript, dialogue: Dialogue, identities: Mapping[str, str]) -> bool:
    """Say whether a finished transcript is of the same script and parameters as its dialogue now.

    `identities` gives each model's endpoint.

    Raises:
        WrongUseError: it was made on another endpoint.
    """
    if not is_of(transcript, dialogue):
        return False
    _check_endpoint(transcript, identities[dialogue.model])
    return True


def is_of(transcript: Transcript, dialogue: Dialogue) -> bool:
    """Say whether a finished transcript is what a dialogue would be played to, with the replies that it holds.

    The script is compared as it is said: rendered, with what is captured from those replies, and the results of tools.
    """
    talk = _replayed(transcript, dialogue)
    if talk is None or talk.next_request() is not None or talk.fault is not None:
        return False
    scenario = dialogue.scenario
    history = History(tuple(message_from_record(data, transcript.send_back) for data in transcript.messages))
    return (
        talk.history.sha256 == history.sha256
        and (transcript.params, transcript.extra_body) == (dialogue.params, dialogue.extra_body)
        and (transcript.send_back, transcript.tools_sha256) == (scenario.send_back, tools_hash(scenario.tools))
        and [_settings(turn) for turn in transcript.turns] == [_settings(turn) for turn in talk.turns]
        and all(transcript.turns[each.turn].expectations[each.index].passed is not None for each in talk.unjudged)
    )


def _replayed(transcript: Transcript, dialogue: Dialogue) -> Talk | None:
    """Play a dialogue with the replies of a transcript; None where it asks something else."""
    talk = Talk(dialogue, transcript.model)
    for completion in (completion for turn in transcript.turns for completion in turn.completions):
        request = talk.next_request()
        if request is None or request.history_sha256 != completion.history_sha256:
            return None
        if not 0 <= completion.reply < len(transcript.messages):
            return None
        talk.take(completion.reply_with(transcript.messages[completion.reply]))
    return talk


def _settings(turn: TurnRecord) -> tuple[object, ...]:
    expectations = [(each.kind, each.value) for each in turn.expectations]
    return turn.turn, turn.params, turn.extra_body, expectations


def _check_endpoint(transcript: Transcript, identity: str) -> None:
    if transcript.endpoint is not None and transcript.endpoint != identity:
        raise WrongUseError(
            f"{transcript.id} was played on {transcript.endpoint}, and {transcript.model} is now {identity}; use the "
            "endpoint that the run was begun on, choose another output with -o, or begin anew with --fresh"
        )
