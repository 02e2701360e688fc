"""Replies of a source become transcripts whose histories are those that a run would have sent."""

from builders import PLACE, dialogue, in_turn, play, scenario
from dialogs.chat import tools_hash
from dialogs.encoding import JsonObject
from dialogs.formats.baselines import baseline
from dialogs.formats.drafts import Take
from dialogs.scenario import Instruction, ScriptedExchange, UserTurn
from dialogs.transcript import Outcome, Transcript
from dialogs.verifying import histories, verify

SCRIPT = ("Hi", ScriptedExchange("And?", "Well.", PLACE), Instruction("developer", "Be short.", PLACE), "Bye")


def reply(text: str) -> tuple[JsonObject, ...]:
    return ({"role": "assistant", "content": text},)


def made(*replies: tuple[JsonObject, ...], model: str | None = None) -> Transcript:
    talk = scenario(*SCRIPT, system="Be kind.", params={"temperature": 0})
    transcript = baseline(talk, Take(replies, model), "import")
    assert transcript is not None
    return transcript


def test_a_baseline_is_what_a_run_with_these_replies_would_have_left() -> None:
    played, _requests = play(dialogue(*SCRIPT, system="Be kind."), in_turn("Hello!", "Bye!"))
    imported = made(reply("Hello!"), reply("Bye!"))

    assert imported.messages == played.messages
    assert [turn.turn for turn in imported.turns] == [turn.turn for turn in played.turns]
    assert [one.history_sha256 for turn in imported.turns for one in turn.completions] == [
        one.history_sha256 for turn in played.turns for one in turn.completions
    ]


def test_it_names_the_tools_and_tags_of_its_scenario_as_a_run_does() -> None:
    tools: tuple[JsonObject, ...] = ({"type": "function", "function": {"name": "f"}},)
    imported = baseline(scenario("Hi", tools=tools, tags=("a",)), Take((reply("Hello!"),)), "import")

    assert imported is not None
    assert (imported.tools_sha256, imported.tags) == (tools_hash(tools), ("a",))


def test_its_histories_are_verified_and_its_source_is_the_import() -> None:
    imported = made(reply("Hello!"), reply("Bye!"))

    assert (verify(imported), histories(imported)) == (None, 2)
    assert imported.outcome is Outcome.COMPLETED
    assert {one.source for turn in imported.turns for one in turn.completions} == {"import"}


def test_it_is_named_by_scenario_and_model() -> None:
    assert made(reply("a"), reply("b")).id == "talk@import#0"
    assert made(reply("a"), reply("b"), model="gpt-4").id == "talk@gpt-4#0"


def test_it_ends_before_the_first_turn_without_reply() -> None:
    imported = made(reply("Hello!"))

    assert imported.outcome is Outcome.INTERRUPTED
    assert [message["role"] for message in imported.messages][-2:] == ["assistant", "developer"]
    assert verify(imported) is None


def test_without_any_reply_there_is_none() -> None:
    assert baseline(scenario("Hi"), Take(((),)), "import") is None


def test_rounds_of_tool_calls_are_completions_of_one_turn() -> None:
    call: JsonObject = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    asked: JsonObject = {"role": "assistant", "content": None, "tool_calls": [call]}
    rounds = (asked, {"role": "tool", "tool_call_id": "1", "content": "x"}, *reply("Done."))
    imported = baseline(scenario(UserTurn("Do it", PLACE)), Take((rounds,)), "import")

    assert imported is not None
    assert [one.finish_reason for one in imported.turns[0].completions] == ["tool_calls", "stop"]
    assert (verify(imported), histories(imported)) == (None, 2)
