"""The names of other formats, as flags take them; a test holds them against those that are read and written."""

from enum import StrEnum


class SourceFormat(StrEnum):
    """What can be imported."""

    OPENAI = "openai"
    MT_BENCH = "mt-bench"
    SHAREGPT = "sharegpt"
    PROMPTFOO = "promptfoo"
    AGENTV = "agentv"
    RASA = "rasa"
    ADK = "adk"
    BOTIUM = "botium"


class TargetFormat(StrEnum):
    """What transcripts can be exported to."""

    OPENAI = "openai"
    SHAREGPT = "sharegpt"
    INSPECT = "inspect"
    CSV = "csv"
