"""A scenario: one scripted conversation, parsed and checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from dialogs.encoding import JsonObject, JsonValue
from dialogs.errors import Place


@dataclass(frozen=True, slots=True)
class Media:
    """The bytes of a file that a script shows; `name` is its path as the script writes it."""

    name: str
    media_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class TextPart:
    """Text among content parts."""

    text: str


@dataclass(frozen=True, slots=True)
class MediaPart:
    """A picture, a document or a sound: `media` of a file, or the `url` of an image, which the server fetches.

    `detail` is ChatCompletions' own setting for images.
    """

    kind: Literal["image", "file", "audio"]
    media: Media | None = None
    url: str | None = None
    detail: str | None = None


Part: TypeAlias = TextPart | MediaPart
Content: TypeAlias = str | tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Expectation:
    """A check of a reply, as it is written: `value` is the scenario's own, its templates not yet rendered.

    `kind` is the key without its `not_`; an `any_of` holds its alternatives in `any_of`, and nothing in `value`.
    """

    kind: str
    value: JsonValue
    place: Place
    negated: bool = False
    any_of: tuple["Expectation", ...] = ()


@dataclass(frozen=True, slots=True)
class Capture:
    """A part of a reply, by a regular expression or a JSON path, that later texts use as a variable."""

    name: str
    place: Place
    regex: str | None = None
    json_path: str | None = None


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """What a tool says: a value, sent as text or as JSON, or an error, sent as {"error": ...}."""

    value: JsonValue
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class ToolRule:
    """A scripted result of a tool, for the calls whose arguments meet every condition; no condition meets all.

    `when` holds arguments and their values, `when_regex` arguments and expressions that are searched in their text,
    `when_schema` a JSON Schema of all arguments; `malformed` takes calls whose arguments are no JSON object, which
    no other rule does. Of several `answers` each call of a dialogue takes the next, and then the last.
    """

    place: Place
    answers: tuple[ToolAnswer, ...]
    when: JsonObject = field(default_factory=dict)
    when_regex: Mapping[str, str] = field(default_factory=dict)
    when_schema: JsonObject | None = None
    malformed: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """One set of variable values, with the name that its dialogues bear."""

    name: str
    values: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class UserTurn:
    """A user message that is sent, and waits for its reply. `params` and `extra_body` go over the scenario's."""

    content: Content
    place: Place
    params: JsonObject = field(default_factory=dict)
    extra_body: JsonObject = field(default_factory=dict)
    expect: tuple[Expectation, ...] = ()
    captures: tuple[Capture, ...] = ()


@dataclass(frozen=True, slots=True)
class ScriptedExchange:
    """A user message with its reply as written; both enter the history and nothing is asked."""

    user: Content
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

    `models` is empty where the scenario names none; `entries` are in order, and hold at least one UserTurn. Texts are
    templates where it is `templated`. `variables` are the values of `vars`, those of the environment and the command
    line put in; `secret_variables` names the ones that may stand in no file, with the environment's name of each.
    `cases` is empty where there is one dialogue without a case. `expect` applies to every reply.
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
    templated: bool = False
    variables: Mapping[str, JsonValue] = field(default_factory=dict)
    secret_variables: Mapping[str, str] = field(default_factory=dict)
    cases: tuple[Case, ...] = ()
    tools: tuple[JsonObject, ...] = ()
    tool_results: Mapping[str, tuple[ToolRule, ...]] = field(default_factory=dict)
    expect: tuple[Expectation, ...] = ()

    @property
    def turns(self) -> int:
        """How many turns are asked."""
        return sum(isinstance(entry, UserTurn) for entry in self.entries)


@dataclass(frozen=True, slots=True)
class Dialogue:
    """The unit of work: one scenario with one case, one model, one sample (from 0).

    `params` and `extra_body` are the configuration's and the scenario's together, under the turns' own. `position` is
    its place (from 0) among all dialogues, where only a shard of them is played.
    """

    scenario: Scenario
    model: str
    sample: int = 0
    params: JsonObject = field(default_factory=dict)
    extra_body: JsonObject = field(default_factory=dict)
    case: Mapping[str, JsonValue] | None = None
    case_name: str | None = None
    position: int | None = None

    @property
    def id(self) -> str:
        """A stable, readable name, unique in a run: `refund-policy[acme]@gpt-4o#0`."""
        return f"{self.name}#{self.sample}"

    @property
    def name(self) -> str:
        """What the ids of all its samples begin with."""
        case = f"[{self.case_name}]" if self.case_name is not None else ""
        return f"{self.scenario.id}{case}@{self.model}"
