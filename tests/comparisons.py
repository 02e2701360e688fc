"""A comparison that has something of everything, and texts that would be more than text if they could."""

from typing import Final

from dialogs.compare import (
    Aspect,
    Comparison,
    DialogueComparison,
    ExpectationChange,
    Input,
    InputDifference,
    Label,
    NoiseEvidence,
    Reply,
    ToolCall,
    TurnComparison,
)
from dialogs.model_text import ModelText
from dialogs.reports.commands import ComparedFiles
from dialogs.transcript import TranscriptError

FILES: Final = ComparedFiles("baselines/main.jsonl", "outputs/new.jsonl")
HOSTILE: Final = (
    "```\n</details></code></pre><script>alert(1)</script> @octocat #1 GH-2 ![x](http://e.com/a.png)\n"
    "<img src=x> https://e.com www.e.com a@e.com [x](javascript:1) :tada: $x$ | a | b |\n~~~\n::error file=a::pwned\n"
    "##[add-mask]x\n# Head\n/close ]]>&lt;&amp;<!-- -->%0A \x1b[31m`````` \x00\ufffe\ud800\u202e \r::debug::y\u2028z"
)
LONG: Final = "The lamp can be returned within thirty days of delivery, unused, and with the receipt. "


def replied(text: str | None, finish_reason: str = "stop", *calls: tuple[str, str]) -> tuple[Reply, ...]:
    tool_calls = tuple(ToolCall(ModelText(name), ModelText(arguments)) for name, arguments in calls)
    return (Reply(None if text is None else ModelText(text), tool_calls=tool_calls, finish_reason=finish_reason),)


def changed(
    name: str = "talk", old: str = "Yes.", new: str = "No.", *, user: str = "Really?", place: str | None = None
) -> DialogueComparison:
    """Compare a dialogue of one turn whose reply has changed."""
    turn = TurnComparison(1, Label.CHANGED, ModelText(user), (Aspect.CONTENT,), replied(old), replied(new))
    return DialogueComparison(Label.CHANGED, f"{name}@m#0", f"{name}@m#0", (turn,), place=place)


def one_sided(name: str, label: Label, *changes: ExpectationChange) -> DialogueComparison:
    before, after = (f"{name}@m#0", None) if label is Label.MISSING else (None, f"{name}@m#0")
    return DialogueComparison(label, before, after, (TurnComparison(1, label, expectations=changes),))


def _everything() -> DialogueComparison:
    noise = NoiseEvidence(20, 0.12, 0.97, 0.00004, 0.002, 0.35)
    quiet = NoiseEvidence(20, 0.4, 0.45, 0.4, 0.8, 0.6)
    found = ModelText("Within fourteen days of delivery")
    unmet = ExpectationChange(Label.REGRESSION, "contains", "thirty days", None, found, "scenarios/lamp.yaml:7:9")
    fixed = ExpectationChange(Label.FIX, "not_contains", "AI", ModelText("As an AI"), None)
    calls = (
        replied(None, "tool_calls", ("look_up", '{"id":17}')),
        replied(None, "tool_calls", ("look_up", '{"id":18}')),
    )
    new = LONG.replace("thirty", "fourteen")
    turns = (
        TurnComparison(1, Label.SAME),
        TurnComparison(
            2,
            Label.CHANGED,
            ModelText("When can I return a lamp that I bought in a shop of yours last week?"),
            (Aspect.CONTENT,),
            replied(LONG),
            replied("Something else."),
            pinned=replied(new),
            reason="differs on the baseline's history too",
            similarity=0.83,
            expectations=(unmet,),
            noise=noise,
        ),
        TurnComparison(3, Label.KNOCK_ON, ModelText("And?"), (), replied("a"), replied("b"), pinned=replied("a")),
        TurnComparison(4, Label.KNOCK_ON, ModelText("So?"), (), replied("a"), replied("b"), pinned=replied("a")),
        TurnComparison(5, Label.MASKED, ModelText("Cut?"), (Aspect.FINISH_REASON,), replied("a"), replied("a"),
                       pinned=replied("a", "length"), reason="differs on the baseline's history"),
        TurnComparison(6, Label.NOT_DISTINGUISHABLE, ModelText("?"), (), replied("a"), replied("b"), noise=quiet),
        TurnComparison(7, Label.UNSTABLE, ModelText("Look"), (Aspect.TOOL_CALLS,), *calls, reason="from itself too"),
        TurnComparison(9, Label.SAME, baseline_turn=8, expectations=(fixed,)),
        TurnComparison(10, Label.ADDED, ModelText("Bye"), (), (), replied("Bye")),
    )  # fmt: skip
    inputs = (
        InputDifference(Input.MODEL, "", ModelText("gpt-4o"), ModelText("gpt-4.1")),
        InputDifference(Input.SYSTEM, "", ModelText("You are kind."), ModelText("You are terse.")),
        InputDifference(Input.PARAMS, "temperature", None, ModelText("0.7")),
    )
    return DialogueComparison(
        Label.CHANGED,
        "lamp[acme]@gpt-4o#0",
        "lamp[acme]@gpt-4.1#0",
        turns,
        inputs,
        place="scenarios/lamp.yaml:1:1",
        notes=("the scripts differ",),
    )


def _broken() -> DialogueComparison:
    turns = (
        TurnComparison(1, Label.SAME),
        TurnComparison(2, Label.ERROR, ModelText("Two?"), (), replied("b")),
        TurnComparison(3, Label.ERROR, ModelText("Three?"), (), replied("c")),
    )
    error = TranscriptError(2, "rate_limited", "slow down", 429)
    return DialogueComparison(Label.ERROR, "broken@m#0", "broken@m#0", turns, candidate_error=error)


EVERYTHING: Final = Comparison(
    (
        _everything(),
        changed("hostile", "Hello there", HOSTILE, user=HOSTILE, place="scenarios/a,b:c%.yaml:3:1"),
        _broken(),
        one_sided("gone", Label.MISSING),
        one_sided("new", Label.ADDED),
        one_sided("odd", Label.ADDED, ExpectationChange(Label.UNMET, "regex", "a|b", None, ModelText("c"))),
        DialogueComparison(Label.SAME, "same@m#0", "same@m#0", (TurnComparison(1, Label.SAME),)),
    ),
    baseline_models=("gpt-4o",),
    candidate_models=("gpt-4.1",),
)
