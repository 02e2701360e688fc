"""The quick way to compare two lines of transcript files: of plain dialogues that follow one script.

Plain is a dialogue that came to its end, asked once in each turn and with every expectation met. Of any others, of
other scripts, and of lines that are not wholly as the format has them, nothing is said here: `dialogs.compare` compares
them. Of what both compare, they say the same.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from operator import lt
from typing import Any, Final, TypeAlias

import msgspec

from dialogs.compare import DialogueComparison, InputDifference, Label, TurnComparison
from dialogs.compare.inputs import INSTRUCTIONS, dialogue_differences, turn_settings
from dialogs.compare.labelling import State, live_alone
from dialogs.compare.likeness import Rules
from dialogs.compare.replies import replies_of, text_of, wants_json
from dialogs.encoding import JsonObject, JsonValue
from dialogs.transcript import FORMAT, Outcome
from dialogs.transcript_wire import WireExpectation, WireLine, WireTurn, have_roles

_ENDS: Final = frozenset({Outcome.COMPLETED.value, Outcome.UNMET.value})
_NOTHING: Final[JsonObject] = {}
_Message: TypeAlias = dict[str, Any]


class _TurnRun(msgspec.Struct, gc=False):
    expectations: list[WireExpectation] | None = None


class _Run(msgspec.Struct, gc=False):
    """What is read of that which differs from run to run."""

    place: str | None = None
    turns: list[_TurnRun] | None = None


class _Line(WireLine):
    run: _Run | None = None  # type: ignore[assignment]  # of which less is read


_LINE: Final = msgspec.json.Decoder(_Line)
_NO_RUN: Final = _Run()
_ON_SAME_HISTORY: Final = live_alone(State.DIFFERS, same_history=True)
_AFTER_A_CHANGE: Final = live_alone(State.DIFFERS, same_history=False)


def compare_quickly(old: bytes, new: bytes, rules: Rules) -> DialogueComparison | None:
    """Compare the dialogues of two whole lines; None where that is no matter for a quick look."""
    try:
        before, after = _LINE.decode(old), _LINE.decode(new)
    except (ValueError, RecursionError):  # msgspec's errors and Unicode's are ValueErrors
        return None
    if not (_is_plain(before) and _is_plain(after)) or after.baseline_sha256 is not None:
        return None
    pair = _Pair(before, after)
    if not pair.follows_one_script():
        return None
    turns = tuple(pair.turns(rules))
    return DialogueComparison(
        label=Label.SAME if all(turn.label is Label.SAME for turn in turns) else Label.CHANGED,
        baseline_id=before.id,
        candidate_id=after.id,
        turns=turns,
        inputs=tuple(pair.inputs()),
        place=(after.run or _NO_RUN).place or (before.run or _NO_RUN).place,
        baseline_variant=1 if before.variant is None else before.variant,
    )


def _is_plain(line: _Line) -> bool:
    if line.outcome not in _ENDS or line.error is not None or line.format > FORMAT or not have_roles(line.messages):
        return False
    stable = [turn.expectations for turn in line.turns or () if turn.expectations]
    timed = [turn.expectations for turn in (line.run or _NO_RUN).turns or () if turn.expectations]
    return not any(each.passed is False for expectations in (*stable, *timed) for each in expectations)


class _Pair:
    """Two plain dialogues."""

    def __init__(self, before: _Line, after: _Line) -> None:
        self._before, self._after = before, after
        self._asked = list(zip(before.turns or (), after.turns or (), strict=False))
        self._differing = {
            index for index, (old, new) in enumerate(zip(before.messages, after.messages, strict=False)) if old != new
        }
        self._systems: tuple[Sequence[JsonValue], Sequence[JsonValue]] = ((), ())

    def follows_one_script(self) -> bool:
        """Say whether both sides have the same messages but for replies' words and instructions before all turns."""
        before, after = self._before, self._after
        if len(before.messages) != len(after.messages) or len(before.turns or ()) != len(after.turns or ()):
            return False
        numbers, replies = [new.turn for _, new in self._asked], _replies(after)
        places = [place for of_turn in replies for place in of_turn]
        if (
            numbers != [old.turn for old, _ in self._asked]
            or replies != _replies(before)
            or not all(replies)
            or not all(0 <= place < len(after.messages) for place in (min(places, default=0), max(places, default=0)))
        ):
            return False
        self._users = [index for index, message in enumerate(after.messages) if message["role"] == "user"]
        ascend = all(map(lt, (0, *numbers), (*numbers, len(self._users) + 1)))
        return ascend and self._differ_as_they_may(places, self._users[0] if self._users else 0)

    def _differ_as_they_may(self, replies: Sequence[int], first_user: int) -> bool:
        before, after = self._before.messages, self._after.messages
        has_new_system = False
        for index in self._differing:
            old, new = before[index], after[index]
            role = new["role"]
            if old["role"] != role:
                return False
            if index in replies:
                if role != "assistant" or "tool_calls" in old or "tool_calls" in new:
                    return False
            elif role in INSTRUCTIONS and index < first_user:
                has_new_system = True
            else:
                return False
        if has_new_system:
            self._systems = tuple(_instructions(side[:first_user], replies) for side in (before, after))  # type: ignore[assignment]  # two
        return True

    def turns(self, rules: Rules) -> Iterator[TurnComparison]:
        """Compare the turns that were asked."""
        verdict = _ON_SAME_HISTORY
        for index, (old, new) in enumerate(self._asked):
            if self._is_plainly_same(old, new):
                yield _same(new.turn)
                continue
            before = replies_of(old.completions or (), self._before.messages, is_json=_wants_json(self._before, index))
            after = replies_of(new.completions or (), self._after.messages, is_json=_wants_json(self._after, index))
            difference = rules.difference(before, after)
            if not difference.aspects:
                yield _same(new.turn)
                continue
            yield TurnComparison(
                turn=new.turn,
                label=verdict.label,
                user=text_of(self._after.messages[self._users[new.turn - 1]].get("content")),
                aspects=difference.aspects,
                baseline=before,
                candidate=after,
                reason=verdict.reason,
                similarity=difference.similarity,
            )
            verdict = _AFTER_A_CHANGE

    def _is_plainly_same(self, old: WireTurn, new: WireTurn) -> bool:
        for before, after in zip(old.completions or (), new.completions or (), strict=True):
            if after.reply in self._differing or before.finish_reason != after.finish_reason:
                return False
        return True

    def inputs(self) -> Iterator[InputDifference]:
        """Give what was put in differently."""
        sides = self._before, self._after
        served = [
            {completion.served_model for turn in side.turns or () for completion in turn.completions or ()}
            for side in sides
        ]
        yield from dialogue_differences(*sides, served=(served[0], served[1]), systems=self._systems)
        for old, new in self._asked:
            if old.params or old.extra_body or new.params or new.extra_body:
                yield from turn_settings(new.turn, old, new)


def _replies(line: _Line) -> list[list[int]]:
    return [[completion.reply for completion in turn.completions or ()] for turn in line.turns or ()]


def _instructions(messages: Sequence[_Message], replies: Sequence[int]) -> list[JsonValue]:
    return [
        message.get("content")
        for index, message in enumerate(messages)
        if index not in replies and message["role"] in INSTRUCTIONS
    ]


def _wants_json(line: _Line, index: int) -> bool:
    turns, runs = line.turns or (), line.run.turns or () if line.run else ()
    turn = turns[index]
    kinds = [each.kind for each in turn.expectations or ()]
    if len(runs) == len(turns):
        kinds += [each.kind for each in runs[index].expectations or ()]
    return wants_json(turn.params or _NOTHING, line.params or _NOTHING, kinds)


@cache
def _same(turn: int) -> TurnComparison:
    return TurnComparison(turn, Label.SAME)
