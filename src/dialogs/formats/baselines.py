"""Replies of a source to a transcript, as if a run had asked for them: each with the hash of the history before it."""

from collections.abc import Iterator

from dialogs.chat import History, Message, message_from_record, script_message, tools_hash
from dialogs.completion_records import CompletionRecord
from dialogs.content import content_value
from dialogs.encoding import JsonObject
from dialogs.formats.drafts import Take
from dialogs.scenario import Dialogue, Entry, Instruction, Scenario, ScriptedExchange
from dialogs.transcript import Outcome, Transcript, TurnRecord

SOURCE = "import"


def baseline(scenario: Scenario, take: Take, default_model: str) -> Transcript | None:
    """Make the transcript of one model's replies; None where there is no reply.

    It ends before the first turn without reply; where that is not the last turn, it is `interrupted`.
    """
    dialogue = Dialogue(scenario, take.model or default_model, take.sample, scenario.params, scenario.extra_body)
    history = History(tuple(_opening(scenario)))
    replies = iter(take.replies)
    turns: list[TurnRecord] = []
    number, outcome = 0, Outcome.COMPLETED
    for entry in scenario.entries:
        number += not isinstance(entry, Instruction)
        messages, asked = _said(entry)
        given = next(replies, ()) if asked else ()
        if asked and not given:
            outcome = Outcome.INTERRUPTED
            break
        for message in messages:
            history.append(message)
        if asked:
            turns.append(TurnRecord(number, tuple(_answered(history, given))))
    if not turns:
        return None
    return Transcript(
        id=dialogue.id,
        scenario=scenario.id,
        model=dialogue.model,
        outcome=outcome,
        messages=tuple(message.data for message in history.messages),
        turns=tuple(turns),
        sample=take.sample,
        params=scenario.params,
        extra_body=scenario.extra_body,
        tools_sha256=tools_hash(scenario.tools),
        tags=scenario.tags,
        place=str(scenario.place),
    )


def _opening(scenario: Scenario) -> Iterator[Message]:
    if scenario.system is not None:
        yield script_message("system", scenario.system)


def _said(entry: Entry) -> tuple[list[Message], bool]:
    """Return what a script says at an entry, and whether it then waits for a reply."""
    match entry:
        case Instruction(role, text):
            return [script_message(role, text)], False
        case ScriptedExchange(user, assistant):
            return [script_message("user", content_value(user)), script_message("assistant", assistant)], False
        case _:
            return [script_message("user", content_value(entry.content))], True


def _answered(history: History, messages: tuple[JsonObject, ...]) -> Iterator[CompletionRecord]:
    """Let replies, and the results of tools among them, enter the history; record each reply with its hash."""
    for data in messages:
        message = message_from_record(data)
        if message.role == "assistant":
            yield CompletionRecord(
                reply=len(history),
                history_sha256=history.sha256,
                finish_reason="tool_calls" if data.get("tool_calls") else "stop",
                sanitised=message.sanitised,
                source=SOURCE,
            )
        history.append(message)
