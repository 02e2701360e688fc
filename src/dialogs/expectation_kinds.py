"""The names of all kinds of expectations."""

from typing import Final

TEXT_KINDS: Final = ("contains", "icontains", "equals", "starts_with", "regex")
JUDGED_KINDS: Final = ("similar", "rubric")
TIMING_KINDS: Final = ("max_latency_s",)
NEGATABLE: Final = (*TEXT_KINDS, "tool_call", "finish_reason", "similar")
KINDS: Final = (
    *TEXT_KINDS,
    "json",
    "json_schema",
    "json_path",
    "tool_call",
    "finish_reason",
    "max_tokens",
    *TIMING_KINDS,
    *JUDGED_KINDS,
    "any_of",
)
WRITTEN_KINDS: Final = (*KINDS, *(f"not_{kind}" for kind in NEGATABLE))
JSON_PATH_CHECKS: Final = ("exists", *TEXT_KINDS, *(f"not_{kind}" for kind in TEXT_KINDS))
