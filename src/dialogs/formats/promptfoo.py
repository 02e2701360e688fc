"""Promptfoo's configurations: prompts, tests with variables and assertions, conversations by `conversationId`.

Source: https://www.promptfoo.dev/docs/configuration/reference and https://www.promptfoo.dev/docs/configuration/chat.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from dialogs.encoding import JsonValue, encode_line
from dialogs.errors import FileFault
from dialogs.formats.drafts import Draft, Item, Loss, Step, UnfitError
from dialogs.formats.expectations import expectations
from dialogs.formats.messages import add_messages
from dialogs.formats.tables import Table
from dialogs.formats.trees import Tree, json_tree, yaml_trees
from dialogs.loading.faults import excerpt, quoted
from dialogs.loading.files import Unreadable
from dialogs.templating import TemplateFault, is_template, render, worded

Beside: TypeAlias = Callable[[str], str | Unreadable]

_HISTORY: Final = "_conversation"
_FILE: Final = "file://"
_CHAT_PROVIDERS: Final = ("openai:chat:", "openai:", "azure:chat:", "azureopenai:chat:")
_NOT_MODELS: Final = ("embedding:", "completion:", "assistant:", "responses:", "realtime:", "image:", "moderation:")
_PASSED_OVER: Final = ("conversationId",)


def recognises(value: JsonValue) -> bool:
    """Say whether a record looks like a configuration."""
    return isinstance(value, dict) and "prompts" in value and ("tests" in value or "providers" in value)


def read(records: Iterable[Tree], beside: Beside, *, scripted: bool = False) -> Iterator[Item]:
    """Read conversations; prompts in files are read by `beside`, from the folder of the configuration."""
    for record in records:
        try:
            configuration = _Configuration(Table(record, "a configuration"), beside)
        except UnfitError as error:
            yield error.fault
            continue
        for conversation in configuration.conversations():
            try:
                yield configuration.draft(*conversation).finish(scripted=scripted)
            except UnfitError as error:
                yield error.fault
        yield from map(Loss, configuration.losses)


@dataclass(frozen=True, slots=True)
class _Prompt:
    """The text of a prompt; `name` tells several apart."""

    text: str
    name: str
    place: Tree

    @property
    def is_chat(self) -> bool:
        return self.text.lstrip().startswith(("[", "- role", "- {"))


@dataclass(slots=True)
class _Test:
    """A test with its own and the default variables and assertions."""

    table: Table
    variables: Mapping[str, JsonValue]
    assertions: list[Tree] = field(default_factory=list)

    @property
    def conversation(self) -> str | None:
        metadata = self.table.data.get("metadata")
        name = metadata.get("conversationId") if isinstance(metadata, dict) else None
        return None if name is None else str(name)


class _Configuration:
    """One configuration, read; `losses` are those of the file as a whole."""

    def __init__(self, table: Table, beside: Beside) -> None:
        self.losses: list[str] = []
        self._description = table.optional_text("description") or ""
        self._models = tuple(self._read_models(table))
        self._prompts = [self._read_prompt(tree, beside) for tree in _listed(table, "prompts")]
        self._default = table.table("defaultTest")
        self._default_variables = self._default.table("vars").data
        self._default_assertions = list(self._default.trees("assert"))
        self._tests = [self._read_test(tree) for tree in _listed(table, "tests")]
        self._lose_rest(table)

    def _lose_rest(self, table: Table) -> None:
        self.losses += [f"{key} of the defaultTest" for key in self._default.unread()]
        self.losses += [f"{key} of the configuration" for key in table.unread()]

    def _read_models(self, table: Table) -> Iterator[str]:
        for tree in _listed(table, "providers"):
            provider = tree.value
            if isinstance(provider, dict):
                self.losses += [f"{key} of a provider" for key in provider if key not in {"id", "label"}]
                provider = provider.get("id")
            model = _model(provider)
            if model is None:
                self.losses.append(f"provider {excerpt(provider)}")
            else:
                yield model

    def _read_prompt(self, tree: Tree, beside: Beside) -> _Prompt:
        value, name = tree.value, ""
        if isinstance(value, dict):
            table = Table(tree, "a prompt")
            name = table.name("label") or ""
            value = table.value("raw") or table.value("id")
            self.losses += [f"{key} of a prompt" for key in table.unread(("id",))]
        if not isinstance(value, str):
            raise UnfitError(tree.place, f"a prompt is {excerpt(value)}; wanted text or {{id: file://…}}")
        if not value.startswith(_FILE):
            return _Prompt(value, name, tree)
        path = value.removeprefix(_FILE)
        if not path.endswith((".json", ".txt", ".yaml", ".yml")):
            raise UnfitError(tree.place, f"prompt {quoted(path)} is a program or a set; wanted json, yaml or txt")
        text = beside(path)
        if isinstance(text, Unreadable):
            raise UnfitError(tree.place, f"a prompt: {text.message}")
        return _Prompt(text, name, tree)

    def _read_test(self, tree: Tree) -> _Test:
        if isinstance(tree.value, str):
            raise UnfitError(tree.place, f"tests in another file ({quoted(tree.value)}); wanted them here")
        table = Table(tree, "a test")
        variables = {**self._default_variables, **table.table("vars").data}
        return _Test(table, variables, list(table.trees("assert")))

    def conversations(self) -> Iterator[tuple[_Prompt, list[_Test]]]:
        """Give what makes one scenario each: for a prompt with the history in it, all tests of a conversation."""
        for prompt in self._prompts:
            groups: dict[object, list[_Test]] = {}
            for number, test in enumerate(self._tests):
                groups.setdefault(test.conversation if _HISTORY in prompt.text else number, []).append(test)
            yield from ((prompt, tests) for tests in groups.values())

    def draft(self, prompt: _Prompt, tests: Sequence[_Test]) -> Draft:
        """Make one scenario.

        Raises:
            UnfitError: a prompt cannot be rendered to chat messages that end with the user's.
        """
        first = tests[0]
        described = first.table.optional_text("description") if len(tests) == 1 else None
        name = first.conversation or described
        if len(self._prompts) > 1:
            name = f"{name or 'test'}-{prompt.name or self._prompts.index(prompt) + 1}"
        draft = Draft(name, first.table.place, description=described or self._description, models=self._models)
        if _HISTORY in prompt.text and not prompt.is_chat:
            draft.lose("the place of the history in a prompt of text; it is sent as messages instead")
        draft.expect += expectations(draft, [one for one in self._default_assertions if not _is_templated(one)])
        for test in tests:
            self._add(draft, prompt, test)
        return draft

    def _add(self, draft: Draft, prompt: _Prompt, test: _Test) -> None:
        """Add the turn of a test: the last message of its prompt, and before a first turn those that lead to it."""
        messages = _messages(prompt, test)
        turn = Draft(None, test.table.place)
        add_messages(turn, messages)
        if not draft.turns:
            draft.system, draft.steps = turn.system, turn.steps
        else:
            _check_the_same(draft, turn)
            draft.steps += turn.turns[-1:]
        draft.losses += turn.losses
        draft.is_true = draft.is_true and turn.is_true
        if not draft.steps or not isinstance(draft.steps[-1], Step) or draft.steps[-1].replies:
            raise UnfitError(test.table.place, "a prompt that ends with no message of the user; wanted one")
        templated = [one for one in self._default_assertions if _is_templated(one)]
        rendered = [_rendered(assertion, test) for assertion in (*test.assertions, *templated)]
        draft.steps[-1].expect += expectations(draft, rendered)
        test.table.value("description")
        for key in test.table.unread(("metadata",)):
            draft.lose(f"{key} of a test")
        for key in test.table.table("metadata").unread(_PASSED_OVER):
            draft.lose(f"metadata {key} of a test")


def _listed(table: Table, key: str) -> list[Tree]:
    """Return what may be a list, or one thing alone."""
    value = table.value(key)
    if value is None:
        return []
    whole = table.tree.part(value)
    return [whole.part(item) for item in value] if isinstance(value, list) else [whole]


def _model(provider: JsonValue) -> str | None:
    for prefix in _CHAT_PROVIDERS:
        if isinstance(provider, str) and provider.startswith(prefix):
            name = provider.removeprefix(prefix)
            return None if not name or name.startswith(_NOT_MODELS) else name
    return None


def _messages(prompt: _Prompt, test: _Test) -> list[Table]:
    """Render a prompt, without history, to chat messages; text alone is a message of the user."""
    values: dict[str, JsonValue] = {**test.variables, _HISTORY: []}
    listed = next((name for name, value in test.variables.items() if isinstance(value, list)), None)
    if listed is not None and listed in prompt.text:
        raise UnfitError(test.table.place, f"variable {quoted(listed)} has a list of values; wanted a test for each")
    if prompt.is_chat:
        values = {name: _escaped(value) for name, value in values.items()}
    try:
        text = render(prompt.text, values)
    except TemplateFault as fault:
        raise UnfitError(
            test.table.place, f"the prompt cannot be rendered: {fault}; wanted what Jinja2 takes"
        ) from None
    if not prompt.is_chat:
        user: JsonValue = {"role": "user", "content": text}
        return [Table(test.table.tree.with_value(user), "a message")]
    return [Table(test.table.tree.with_value(item), "a message") for item in _chat(text, prompt)]


def _escaped(value: JsonValue) -> JsonValue:
    """Return a text as it stands between the quotes of JSON, since the prompt is JSON before it is rendered."""
    return encode_line(value)[1:-1] if isinstance(value, str) else value


def _chat(text: str, prompt: _Prompt) -> Sequence[JsonValue]:
    file = prompt.place.file
    is_json = text.lstrip().startswith("[")
    tree = json_tree(text, file) if is_json else next(yaml_trees(text, file), Tree(None, file, 1))
    if isinstance(tree, FileFault):
        raise UnfitError(prompt.place.place, f"the rendered prompt: {tree.message}")
    if not isinstance(tree.value, list):
        raise UnfitError(prompt.place.place, f"the rendered prompt is {excerpt(tree.value)}; wanted chat messages")
    return tree.value


def _check_the_same(draft: Draft, turn: Draft) -> None:
    """Note that a later turn has another system message: a conversation of ours has one for all turns."""
    if turn.system != draft.system:
        draft.lose(f"the system message of line {turn.place.line}, which differs from the conversation's first")


def _is_templated(assertion: Tree) -> bool:
    return is_template(encode_line(assertion.value))


def _rendered(assertion: Tree, test: _Test) -> Tree:
    """Render the templates in an assertion's values."""
    try:
        value = worded(assertion.value, lambda text: render(text, test.variables))
    except TemplateFault as fault:
        raise UnfitError(assertion.place, f"the assertion cannot be rendered: {fault}") from None
    return assertion.with_value(value)
