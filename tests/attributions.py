"""The experiment of docs/attribution.md: models whose replies depend on their history in a known way.

A model is a table from what the user says to its reply: a text, a fault, or a function of the replies so far. What it
has no row for it echoes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeAlias

from against import play_against
from builders import PLACE, dialogue, reply
from dialogs.arms.histories import History
from dialogs.chat import ChatReply, ChatRequest, Fault, FaultKind
from dialogs.compare import compare
from dialogs.endpoints.scripted import Script
from dialogs.scenario import Capture, Dialogue, Entry, Instruction, ScriptedExchange, ToolAnswer, ToolRule, UserTurn
from dialogs.transcript import Transcript

Said: TypeAlias = list[str]
Reply: TypeAlias = "str | Fault | ChatReply | Callable[[Said], str | Fault | ChatReply]"
Model: TypeAlias = Mapping[str, Reply]

FAULT = Fault(FaultKind.SERVER_ERROR, "500")


def answering(model: Model) -> Script:
    """Answer as a model does; the results of a tool are said back."""

    def script(request: ChatRequest) -> str | ChatReply | Fault:
        last = request.messages[-1]
        said = [str(message.content) for message in request.messages if message.role == "assistant"]
        if last.role == "tool":
            return f"it says {last.content}"
        found = model.get(str(last.content), f"{last.content}!")
        return found(said) if callable(found) else found

    return script


def after(prefix: str) -> Callable[[Said], str]:
    """Reply with what was said last, so that each change of it shows."""
    return lambda said: f"{prefix} after {said[-1]}"


def where(text: str, then: "str | Fault", otherwise: "str | Fault") -> Callable[[Said], "str | Fault"]:
    """Reply by whether something was said before."""
    return lambda said: then if text in said else otherwise


def by_turns(*texts: str) -> Callable[[Said], str]:
    """Reply with each of these in turn, whatever was said."""
    numbers = count()
    return lambda _said: texts[next(numbers) % len(texts)]


def calling(arguments: str) -> Callable[[Said], ChatReply]:
    """Call the tool `look`, each time under another id."""
    ids = count(1)

    def call(_said: Said) -> ChatReply:
        function = {"name": "look", "arguments": arguments}
        calls = [{"id": f"call_{id(ids)}_{next(ids)}", "type": "function", "function": function}]
        return reply(None, "tool_calls", tool_calls=calls)

    return call


def tools(results: str) -> dict[str, Any]:
    """Script the tool `look`."""
    return {"tool_results": {"look": (ToolRule(PLACE, (ToolAnswer(results),)),)}}


@dataclass(frozen=True)
class Row:
    """One experiment: the two scripts, the two models, and the label that each turn must get."""

    about: str
    labels: str
    model: Model = field(default_factory=dict)
    new_model: Model = field(default_factory=dict)
    script: Sequence[str | Entry] = ("A", "B", "C")
    new_script: Sequence[str | Entry] | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    new_settings: Mapping[str, Any] | None = None
    plan: Mapping[str, Any] = field(default_factory=dict)
    resamples: int = 0

    def talks(self) -> tuple[Dialogue, Dialogue]:
        """Return the baseline's dialogue and the candidate's."""
        new_script = self.script if self.new_script is None else self.new_script
        new_settings = self.settings if self.new_settings is None else self.new_settings
        return dialogue(*self.script, **self.settings), dialogue(*new_script, **new_settings)

    def played(self) -> tuple[Transcript, Transcript]:
        """Play both sides."""
        before, now = self.talks()
        baseline, _ = play_against(before, answering(self.model), resamples=self.resamples)
        model = {**self.model, **self.new_model}
        candidate, _ = play_against(now, answering(model), [baseline], resamples=self.resamples, **self.plan)
        return baseline, candidate

    def found(self) -> str:
        """Return the labels that a comparison of the two gives."""
        baseline, candidate = self.played()
        (compared,) = compare([baseline], [candidate]).dialogues
        return " ".join(turn.label.value for turn in compared.turns)


C_AFTER_B: Model = {"C": after("C")}
CODE = UserTurn("A", PLACE, captures=(Capture("code", PLACE, regex=r"(\d+)"),))

ROWS = (
    Row("nothing changed", "same same same"),
    Row("B changed, and no other reply depends on it", "same changed same", new_model={"B": "new"}),
    Row("B changed, and C depends on B", "same changed knock_on", C_AFTER_B, {"B": "new"}),
    Row("B and C changed, each by itself", "same changed changed", new_model={"B": "new", "C": "new too"}),
    Row(
        "B changed, C too, and B's new reply hides that of C",
        "same changed masked",
        new_model={"B": "new", "C": where("new", "C!", "worse")},
    ),
    Row(
        "A changed, and B fails on the baseline's history alone",
        "changed error same",
        new_model={"A": "new", "B": where("A!", FAULT, "B!")},
    ),
    Row(
        "A changed, B differs on its own history and fails on the baseline's",
        "changed error same",
        new_model={"A": "new", "B": where("A!", FAULT, "other")},
    ),
    Row(
        "A changed, and B fails after its new reply",
        "changed unreached unreached",
        new_model={"A": "new", "B": where("new", FAULT, "B!")},
    ),
    Row(
        "A and C changed, and B fails after A's new reply",
        "changed unreached changed",
        new_model={"A": "new", "B": where("new", FAULT, "B!"), "C": "other"},
    ),
    Row(
        "A changed, B fails after its new reply, and differs on the baseline's history",
        "changed changed unreached",
        new_model={"A": "new", "B": where("new", FAULT, "worse")},
    ),
    Row("A changed, and B fails on either history", "changed error unreached", new_model={"A": "new", "B": FAULT}),
    Row("the candidate fails at A", "error unreached unreached", new_model={"A": FAULT}),
    Row("the baseline failed at B", "same error error", {"B": FAULT}, {"B": "B!"}),
    Row(
        "A changed, and the baseline failed at B",
        "changed error error",
        {"B": FAULT},
        {"A": "new", "B": "B!"},
    ),
    Row(
        "B has another reply each time",
        "same unstable same",
        new_model={"B": by_turns("one", "two", "three")},
    ),
    Row(
        "A changed, and B has another reply each time on the baseline's history",
        "changed unstable same",
        new_model={"A": "new", "B": by_turns("one", "two", "three", "four")},
    ),
    Row(
        "A's reply has another code, which B's text takes up by a capture",
        "changed knock_on same",
        {"A": "code 17"},
        {"A": "code 18"},
        script=(CODE, "Use {{ code }}", "C"),
        settings={"templated": True},
    ),
    Row(
        "the capture changed, so that B's text is another on either history",
        "same changed same",
        {"A": "code 17 or 18"},
        script=(CODE, "Use {{ code }}", "C"),
        new_script=(
            UserTurn("A", PLACE, captures=(Capture("code", PLACE, regex=r"or (\d+)"),)),
            "Use {{ code }}",
            "C",
        ),
        settings={"templated": True},
    ),
    Row(
        "the new reply of A has no code, and the capture fails",
        "changed unreached unreached",
        {"A": "code 17"},
        {"A": "none"},
        script=(CODE, "Use {{ code }}", "C"),
        settings={"templated": True},
    ),
    Row(
        "A calls a tool, under another id each time; nothing changed",
        "same same same",
        {"A": calling("{}"), **C_AFTER_B},
        settings=tools("sunny"),
    ),
    Row(
        "A calls the tool with other arguments, and says the same",
        "changed same same",
        {"A": calling('{"day": 1}')},
        {"A": calling('{"day": 2}')},
        settings=tools("sunny"),
    ),
    Row(
        "the tool's result changed, which A says and B depends on",
        "changed knock_on same",
        {"A": calling("{}"), "B": after("B")},
        settings=tools("sunny"),
        new_settings=tools("rainy"),
    ),
    Row(
        "a scripted exchange changed, which B depends on, and C on B",
        "same changed knock_on",
        {"B": after("B"), **C_AFTER_B},
        script=("A", ScriptedExchange("S", "scripted", PLACE), "B", "C"),
        new_script=("A", ScriptedExchange("S", "rewritten", PLACE), "B", "C"),
    ),
    Row(
        "an instruction was put in before B, and no reply heeds it",
        "same same same",
        new_script=("A", Instruction("developer", "Rhyme.", PLACE), "B", "C"),
    ),
    Row(
        "a turn was put in, and B depends on what was said last",
        "same added knock_on same",
        {"B": after("B")},
        new_script=("A", "New", "B", "C"),
    ),
    Row("a turn was put in, and no reply depends on it", "same added same same", new_script=("A", "New", "B", "C")),
    Row(
        "a turn was put in, and C changed",
        "same added same changed",
        new_model={"C": "new"},
        new_script=("A", "New", "B", "C"),
    ),
    Row("a turn was taken out, and no reply depends on it", "same missing same", new_script=("A", "C")),
    Row(
        "a turn was taken out, and C depends on what was said last: the script is what changed it",
        "same missing changed",
        C_AFTER_B,
        new_script=("A", "C"),
    ),
    Row(
        "B was reworded and has another reply, and C depends on it",
        "same changed knock_on",
        C_AFTER_B,
        script=("A", "What about B", "C"),
        new_script=("A", "What about B, please", "C"),
    ),
    Row(
        "B changed, C depends on it; asked on the baseline's history alone",
        "same changed same",
        C_AFTER_B,
        {"B": "new"},
        plan={"history": History.PINNED},
    ),
    Row(
        "a turn was put in, and C changed; asked on the baseline's history alone",
        "same added same changed",
        C_AFTER_B,
        {"C": "new"},
        new_script=("A", "New", "B", "C"),
        plan={"history": History.PINNED},
    ),
    Row(
        "B fails; asked on the baseline's history alone",
        "same error same",
        new_model={"B": FAULT},
        plan={"history": History.PINNED},
    ),
    Row(
        "B changed, C depends on it; played on its own history alone",
        "same changed unattributed",
        C_AFTER_B,
        {"B": "new"},
        plan={"history": History.LIVE},
    ),
    Row(
        "B has one of two replies by turns on both sides; each turn asked 8 times more",
        "same not_distinguishable same",
        {"B": by_turns("heads", "tails")},
        {"B": by_turns("tails", "heads")},
        resamples=8,
    ),
    Row(
        "B has one of two replies by turns, and now always a third; each turn asked 8 times more",
        "same changed same",
        {"B": by_turns("heads", "tails")},
        {"B": "edge"},
        resamples=8,
    ),
)
