"""What the quick look at two lines says is what the comparison of their transcripts says."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from dialogs.compare import DialogueComparison, Metric, Normalization, Sameness
from dialogs.compare.dialogues import compare_pair
from dialogs.compare.likeness import Rules
from dialogs.compare.turns import Judge
from dialogs.encoding import JsonObject, encode_line
from dialogs.quick_pairs import compare_quickly
from dialogs.transcript import CompletionRecord, ExpectationRecord, Outcome, Transcript, TranscriptError, TurnRecord
from transcripts import Asked, asked

RULES = [
    Sameness(),
    Sameness(ignore=(r"\d+",), normalize=(Normalization.WHITESPACE,)),
    Sameness(ignore_paths=("$.a",)),
    Sameness(metric=Metric.LEXICAL),
]
JSON = {"response_format": {"type": "json_object"}}
MET = ExpectationRecord("contains", "b", passed=True)
UNMET = replace(MET, passed=False)
CALL: JsonObject = {"id": "1", "type": "function", "function": {"name": "find", "arguments": '{"a": 1}'}}

TEXTS = ["a b c d e f g h i j k l", "a b c d e f g h i j k m", "3 days", "4  days", '{"a": 1}', None]
SETTINGS: list[JsonObject] = [{}, {}, {"temperature": 0}, {"temperature": 0.0}, JSON]
FINISHES = ["stop"] * 8 + ["length", None]
EXPECTATIONS = [MET, MET, MET, UNMET, ExpectationRecord("json", None, passed=True)]
ODD_REPLIES: list[JsonObject] = [
    {"role": "assistant", "content": None, "refusal": "No."},
    {"role": "assistant", "content": None, "tool_calls": [CALL]},
    {"role": "assistant", "content": None, "tool_calls": [CALL, CALL]},
    {"role": "user", "content": "I am no assistant"},
]


def reply(draw: Random) -> JsonObject:
    return draw.choice(ODD_REPLIES) if draw.random() < 0.1 else {"role": "assistant", "content": draw.choice(TEXTS)}


def instructions(draw: Random) -> JsonObject:
    return {"role": draw.choice(["system", "developer"]), "content": draw.choice(TEXTS)}


def expectations(draw: Random) -> tuple[ExpectationRecord, ...]:
    return tuple(draw.choices(EXPECTATIONS, k=draw.choice([0, 0, 1, 2])))


def drawn(draw: Random) -> Transcript:
    messages: list[JsonObject] = [instructions(draw) for _ in range(draw.randrange(3))]
    turns = []
    for number in range(1, draw.randint(1, 4)):
        messages.append({"role": "user", "content": draw.choice(["When?", "Who?"])})
        rounds = []
        for _ in range(draw.choice([1, 1, 1, 2])):
            rounds.append(CompletionRecord(len(messages), "0" * 64, draw.choice(FINISHES), draw.choice(["m-1", None])))
            messages.append(reply(draw))
            if draw.random() < 0.2:
                messages.append({"role": "tool", "tool_call_id": "1", "content": draw.choice(TEXTS)})
        if draw.random() < 0.9:  # else the script answers itself
            turns.append(
                TurnRecord(number, tuple(rounds), draw.choice(SETTINGS), draw.choice(SETTINGS), expectations(draw))
            )
    outcome = draw.choice([Outcome.COMPLETED] * 5 + [Outcome.UNMET, Outcome.ERROR])
    return Transcript("t@m#0", "t", "m", outcome, tuple(messages), tuple(turns), params=draw.choice(SETTINGS))


def played_again(draw: Random, before: Transcript) -> Transcript:
    """Change a few things of a transcript, as another run would."""
    inputs: dict[str, Any] = {
        "model": "n",
        "params": draw.choice(SETTINGS),
        "extra_body": draw.choice(SETTINGS),
        "tools_sha256": "0" * 64,
        "place": "t.yaml:1:1",
        "case": {"name": "x"},
    }
    messages = [
        reply(draw) if message["role"] == "assistant" and draw.random() < 0.4 else message
        for message in before.messages
    ]
    if messages and draw.random() < 0.3:
        messages[0] = draw.choice([instructions(draw), {"role": "user", "content": "Why?"}])
    turns = [
        replace(
            turn, completions=tuple(replace(each, finish_reason=draw.choice(FINISHES)) for each in turn.completions)
        )
        for turn in before.turns
    ]
    if turns and draw.random() < 0.3:
        turns[0] = replace(turns[0], params=draw.choice(SETTINGS), expectations=expectations(draw))
    changed = {name: inputs[name] for name in draw.sample(list(inputs), draw.choice([0, 0, 1, 2]))}
    return replace(before, messages=tuple(messages), turns=tuple(turns), **changed)


def line(transcript: Transcript) -> bytes:
    return f"{encode_line(transcript.record())}\n".encode()


def quickly(before: Transcript, after: Transcript, rules: Sameness | None = None) -> DialogueComparison | None:
    return compare_quickly(line(before), line(after), Rules(rules or Sameness()))


def in_full(before: Transcript, after: Transcript, rules: Sameness) -> DialogueComparison:
    return compare_pair([before], after, Judge(Rules(rules)))


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("seed", range(10))
def test_the_quick_look_says_what_the_comparison_says(seed: int, rules: Sameness) -> None:
    draw = Random(seed)  # noqa: S311 - a test's
    pairs = [(before, played_again(draw, before)) for before in (drawn(draw) for _ in range(40))]
    found = [(pair, quickly(*pair, rules)) for pair in pairs]

    assert {compared.differs for _, compared in found if compared} == {True, False}
    assert [one for one in found if one[1] and one[1] != in_full(*one[0], rules)] == []


BEFORE = asked("In 3 days.", "b", "c", model="m")
SYSTEM = {"role": "system", "content": "Be kind."}
WITH_SYSTEM = replace(BEFORE, messages=(SYSTEM, *BEFORE.messages))


@pytest.mark.parametrize(
    ("before", "after", "rules"),
    [
        (BEFORE, asked("In 4 days.", "b", "d", model="n"), Sameness()),
        (BEFORE, asked("In 4 days.", "b", "c"), Sameness(ignore=(r"\d+",))),
        (BEFORE, replace(BEFORE, params={"temperature": 1}), Sameness()),
        (WITH_SYSTEM, replace(BEFORE, messages=({**SYSTEM, "content": "Be brief."}, *BEFORE.messages)), Sameness()),
        (asked(Asked("a", expectations=[MET])), asked(Asked("b", expectations=[MET])), Sameness()),
    ],
)
def test_plain_dialogues_are_compared_at_a_glance(before: Transcript, after: Transcript, rules: Sameness) -> None:
    assert quickly(before, after, rules) == in_full(before, after, rules)


@pytest.mark.parametrize(
    "after",
    [
        asked("In 3 days.", "b"),
        asked("In 3 days.", Asked("b", user="Why?"), "c"),
        asked("In 3 days.", "b", Asked("c", expectations=[UNMET])),
        asked("In 3 days.", "b", Asked(None)),
        asked("In 3 days.", "d", Asked("c", pinned="c"), against=BEFORE),
        asked("In 3 days.", "b", Asked("c", resamples=["d"])),
        replace(BEFORE, error=TranscriptError(1, "timeout", "late")),
        replace(BEFORE, turns=(replace(BEFORE.turns[0], completions=()), *BEFORE.turns[1:])),
        replace(BEFORE, unknown={"new": 1}),
    ],
)
def test_what_is_not_plain_is_left_to_the_comparison(after: Transcript) -> None:
    assert quickly(BEFORE, after) is None


def test_what_is_no_transcript_is_left_to_the_comparison() -> None:
    assert compare_quickly(line(BEFORE), b'{"format":1}\n', Rules(Sameness())) is None
