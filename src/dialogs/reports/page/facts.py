"""What is said of a dialogue in a line: what it cost, what it was played with, what went in differently."""

from dataclasses import dataclass
from typing import Final

from dialogs.compare import InputDifference
from dialogs.model_text import ModelText
from dialogs.reports.comparison_text import input_kind
from dialogs.reports.page.view import text_of
from dialogs.reports.summary import count
from dialogs.transcript import Transcript

_MOST_OF_AN_INPUT: Final = 1_000


@dataclass(frozen=True, slots=True)
class InputView:
    """What went in differently, on either side."""

    name: str
    baseline: ModelText | str
    candidate: ModelText | str


def facts(transcript: Transcript) -> str:
    """Say by which model it was played, how long it is, and what it took."""
    known = [f"model {transcript.model}", count(len(transcript.turns), "turn")]
    usage = transcript.usage
    known += [f"{usage.prompt_tokens:,} tokens in, {usage.completion_tokens:,} out"] if usage.total_tokens else []
    known += [] if transcript.elapsed_ms is None else [f"{transcript.elapsed_ms / 1000:.1f} s"]
    known += [f"${transcript.cost_usd:.4f}"] if transcript.cost_usd else []
    known += [fact for fact in (transcript.started_at, transcript.place) if fact]
    return " · ".join(known)


def input_view(difference: InputDifference) -> InputView:
    """Name one thing that went in differently, cut where it is long."""
    name = " ".join(filter(None, (input_kind(difference.input), difference.name)))
    return InputView(name, _short(difference.baseline), _short(difference.candidate))


def _short(text: ModelText | None) -> ModelText | str:
    if text is None:
        return "not set"
    return text if len(text.raw) <= _MOST_OF_AN_INPUT else ModelText(f"{text.raw[:_MOST_OF_AN_INPUT]}…")


def settings(transcript: Transcript) -> str:
    """Say what the dialogue was played with: its case, and what every request had."""
    set_ = {**(transcript.case or {}), **transcript.params, **transcript.extra_body}
    return " · ".join(f"{name} {text_of(value)}" for name, value in set_.items())
