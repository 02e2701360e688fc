"""What a transcript holds of a turn that was asked again: on the baseline's history, or once more on the same one."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from dialogs.completion_records import (
    CompletionRecord,
    TranscriptError,
    error_record,
    paired,
    read_completion,
    read_error,
)
from dialogs.encoding import JsonObject
from dialogs.expectation_records import ExpectationRecord, read_expectations, run_expectations, stable_expectations
from dialogs.record import Record


@dataclass(frozen=True, slots=True)
class ArmRecord:
    """One more asking of a turn, beside the one whose replies stand in the transcript's `messages`.

    `messages` are what came of it: the reply, and before it each round of tool calls with the results that the
    scenario gave. `completions` are as a turn's own, their `reply` counted within these `messages`. `error` says why
    there is no reply.

    `script` is there where the turn was asked on the baseline's history: what the candidate's script has said in it
    since the replies of the paired turn before, which are the baseline's (results of tools first, then instructions
    and scripted exchanges, last the user). Those histories can be made again of it and of the baseline.
    """

    messages: tuple[JsonObject, ...] = ()
    completions: tuple[CompletionRecord, ...] = ()
    script: tuple[JsonObject, ...] = ()
    error: TranscriptError | None = None
    expectations: tuple[ExpectationRecord, ...] = ()
    unknown: JsonObject = field(default_factory=dict)
    unknown_run: JsonObject = field(default_factory=dict)

    @property
    def is_met(self) -> bool:
        """Whether no expectation failed; those about time do not count."""
        return all(each.passed is not False or each.is_timing for each in self.expectations)

    def stable_record(self) -> JsonObject:
        """Return the part that is the same in every run with the same replies."""
        return {
            **({"script": self.script} if self.script else {}),
            "messages": self.messages,
            "completions": [completion.stable_record() for completion in self.completions],
            **({"error": error_record(self.error)} if self.error else {}),
            **stable_expectations(self.expectations),
            **self.unknown,
        }

    def run_record(self) -> JsonObject:
        """Return the part that differs from run to run."""
        completions = [completion.run_record() for completion in self.completions]
        return {"completions": completions, **run_expectations(self.expectations), **self.unknown_run}


def read_arm(arm: Record, run: Record) -> ArmRecord:
    """Read an asking from its two parts."""
    completions = arm.records("completions")
    runs = paired(completions, run.records("completions"))
    return ArmRecord(
        messages=read_messages(arm, "messages"),
        completions=tuple(read_completion(*pair) for pair in zip(completions, runs, strict=True)),
        script=read_messages(arm, "script"),
        error=None if arm.value("error") is None else read_error(arm.record("error")),
        expectations=read_expectations(arm, run),
        unknown=arm.unknown(),
        unknown_run=run.unknown(),
    )


def read_arms(arms: Sequence[Record], runs: Sequence[Record]) -> tuple[ArmRecord, ...]:
    """Read a list of askings, each with its part of `run`."""
    return tuple(read_arm(*pair) for pair in zip(arms, paired(arms, runs), strict=True))


def read_messages(record: Record, key: str) -> tuple[JsonObject, ...]:
    """Read messages in ChatCompletions' shape; none where there is no such field."""
    messages = record.records(key)
    for message in messages:
        message.text("role")
    return tuple(message.data for message in messages)
