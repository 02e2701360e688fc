"""What changed between two sets of transcripts: dialogues paired, replies compared, each turn with its label."""

from dialogs.compare.comparison import (
    Aspect,
    Comparison,
    DialogueComparison,
    Input,
    InputDifference,
    TurnComparison,
)
from dialogs.compare.dialogues import compare
from dialogs.compare.evidence import ExpectationChange, NoiseEvidence
from dialogs.compare.replies import Reply, ToolCall
from dialogs.labels import FAILING, WARNING, Label
from dialogs.sameness import Metric, Normalization, Sameness

__all__ = [
    "FAILING",
    "WARNING",
    "Aspect",
    "Comparison",
    "DialogueComparison",
    "ExpectationChange",
    "Input",
    "InputDifference",
    "Label",
    "Metric",
    "NoiseEvidence",
    "Normalization",
    "Reply",
    "Sameness",
    "ToolCall",
    "TurnComparison",
    "compare",
]
