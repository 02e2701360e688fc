"""What a file of another format says, in our terms, and what of it ours cannot hold."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from dialogs.encoding import JsonObject, JsonValue
from dialogs.errors import FileFault, Place
from dialogs.scenario import (
    Content,
    Entry,
    Expectation,
    Instruction,
    Scenario,
    ScriptedExchange,
    ToolRule,
    UserTurn,
)


class UnfitError(ValueError):
    """A part of a source that cannot be taken over: what was found and what was wanted, and where."""

    def __init__(self, place: Place, message: str) -> None:
        """Note the place for the fault that the reader makes of it."""
        super().__init__(message)
        self.fault = FileFault(place, message)


@dataclass(frozen=True, slots=True)
class Take:
    """One model's replies to a scenario: for each turn that is asked, all messages from its first reply to its last.

    Besides replies there are the results of tools among them. A turn without reply has no message.
    """

    replies: tuple[tuple[JsonObject, ...], ...]
    model: str | None = None
    sample: int = 0


@dataclass(frozen=True, slots=True)
class Imported:
    """A scenario, still without its id; `name` is what its source calls it, `losses` what was left out, a line each."""

    name: str | None
    scenario: Scenario
    takes: tuple[Take, ...] = ()
    losses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that a file says as a whole and that was left out."""

    what: str


Item: TypeAlias = Imported | Loss | FileFault


@dataclass(slots=True)
class Step:
    """A user message of a source, with the reply that it got there and what is expected of a reply."""

    user: Content
    place: Place
    replies: list[JsonObject] = field(default_factory=list)
    expect: list[Expectation] = field(default_factory=list)


@dataclass(slots=True)
class Draft:
    """A scenario in the making. `is_true` says that its history is the source's own, message for message."""

    name: str | None
    place: Place
    description: str = ""
    tags: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    system: str | None = None
    params: dict[str, JsonValue] = field(default_factory=dict)
    extra_body: dict[str, JsonValue] = field(default_factory=dict)
    tools: tuple[JsonObject, ...] = ()
    tool_results: dict[str, tuple[ToolRule, ...]] = field(default_factory=dict)
    expect: list[Expectation] = field(default_factory=list)
    steps: list[Step | Instruction] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)
    is_true: bool = True

    def lose(self, what: str, *, of_history: bool = False) -> None:
        """Note what is left out; `of_history`: a message that the later replies were given to."""
        self.losses.append(what)
        self.is_true = self.is_true and not of_history

    @property
    def turns(self) -> list[Step]:
        """The steps that are user messages."""
        return [step for step in self.steps if isinstance(step, Step)]

    def finish(self, takes: Sequence[Take] = (), *, scripted: bool = False) -> Imported:
        """Make the scenario; `takes` are replies that stand elsewhere, instead of the steps' own.

        Where it is `scripted`, all turns but the last are exchanges as the source has them.

        Raises:
            UnfitError: no user says anything.
        """
        if not self.turns:
            raise UnfitError(self.place, "no message of a user; wanted at least one")
        asked = self.turns if not scripted else [step for step in self.turns if self._stays_asked(step)]
        entries = tuple(self._entries(asked))
        return Imported(self.name, self._scenario(entries), self._takes(takes, asked), tuple(self.losses))

    def _scenario(self, entries: tuple[Entry, ...]) -> Scenario:
        return Scenario(
            id="",
            place=self.place,
            entries=entries,
            description=self.description,
            tags=self.tags,
            models=self.models,
            system=self.system,
            params=self.params,
            extra_body=self.extra_body,
            tools=self.tools,
            tool_results=self.tool_results,
            expect=tuple(self.expect),
        )

    def _stays_asked(self, step: Step) -> bool:
        """Say whether a turn of a scripted scenario is asked: the last one, and those that cannot be scripted."""
        if step is self.turns[-1]:
            return True
        if _only_text(step) is not None:
            return False
        if step.replies:
            self.lose("a scripted exchange, since its reply is no plain text; its turn is asked")
        return True

    def _entries(self, asked: Sequence[Step]) -> Iterator[Entry]:
        ids = {id(step) for step in asked}
        for step in self.steps:
            if isinstance(step, Instruction):
                yield step
            elif id(step) in ids:
                yield UserTurn(step.user, step.place, expect=tuple(step.expect))
            else:
                yield ScriptedExchange(step.user, _only_text(step) or "", step.place)
                for expectation in step.expect:
                    self.lose(f"expectation {expectation.kind} on a scripted exchange")

    def _takes(self, takes: Sequence[Take], asked: Sequence[Step]) -> tuple[Take, ...]:
        """Give the replies of the turns that are asked, unless they were given to another history."""
        if not takes:
            replies = tuple(tuple(step.replies) for step in asked)
            takes = [Take(replies, self.models[0] if self.models else None)] if any(replies) else []
        for take in takes:
            self.losses += ["reply to no turn"] * (len(take.replies) - len(asked))
        if takes and not self.is_true:
            self.lose("replies as a baseline, since the history that they were given to is not whole")
            return ()
        return tuple(takes)


def _only_text(step: Step) -> str | None:
    """Return the reply of a step where it is one message of nothing but text."""
    match step.replies:
        case [reply] if not reply.get("tool_calls") and not reply.get("refusal"):
            content = reply.get("content")
            return content if isinstance(content, str) else None
        case _:
            return None
