"""A scenario: one scripted conversation, parsed and checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from dialogs.encoding import JsonObject
from dialogs.errors import Place


@dataclass(frozen=True, slots=True)
class UserTurn:
    """A user message that is sent, and waits for its reply. `params` and `extra_body` go over the scenario's."""

    text: str
    place: Place
    params: JsonObject = field(default_factory=dict)
    extra_body: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ScriptedExchange:
    """A user message with its reply as written; both enter the history and nothing is asked."""

    user: str
    assistant: str
    place: Place


@dataclass(frozen=True, slots=True)
class Instruction:
    """A system or developer message in mid-conversation."""

    role: Literal["system", "developer"]
    text: str
    place: Place


Entry: TypeAlias = UserTurn | ScriptedExchange | Instruction


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scripted conversation.

    `models` is empty where the scenario names none; `entries` are in order, and hold at least one UserTurn.
    """

    id: str
    place: Place
    entries: tuple[Entry, ...]
    description: str = ""
    tags: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    system: str | None = None
    params: JsonObject = field(default_factory=dict)
    extra_body: JsonObject = field(default_factory=dict)
    send_back: tuple[str, ...] = ()

    @property
    def turns(self) -> int:
        """How many turns are asked."""
        return sum(isinstance(entry, UserTurn) for entry in self.entries)


@dataclass(frozen=True, slots=True)
class Dialogue:
    """The unit of work: one scenario with one case, one model, one sample (from 0).

    `params` and `extra_body` are the configuration's and the scenario's together, under the turns' own.
    """

    scenario: Scenario
    model: str
    sample: int = 0
    params: JsonObject = field(default_factory=dict)
    extra_body: JsonObject = field(default_factory=dict)
    case: Mapping[str, str] | None = None
    case_name: str | None = None

    @property
    def id(self) -> str:
        """A stable, readable name, unique in a run: `refund-policy[acme]@gpt-4o#0`."""
        case = f"[{self.case_name}]" if self.case_name is not None else ""
        return f"{self.scenario.id}{case}@{self.model}#{self.sample}"
