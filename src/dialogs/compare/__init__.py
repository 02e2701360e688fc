"""What changed between two sets of transcripts: dialogues paired, replies compared, each turn with its label."""

from dialogs.compare.comparison import (
    FAILING,
    Aspect,
    Comparison,
    DialogueComparison,
    Input,
    InputDifference,
    Label,
    TurnComparison,
)
from dialogs.compare.dialogues import compare
from dialogs.compare.replies import Reply, ToolCall

__all__ = [
    "FAILING",
    "Aspect",
    "Comparison",
    "DialogueComparison",
    "Input",
    "InputDifference",
    "Label",
    "Reply",
    "ToolCall",
    "TurnComparison",
    "compare",
]
