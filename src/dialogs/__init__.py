"""Replay scripted conversations against any ChatCompletions endpoint, and see what changed.

    transcripts = dialogs.play("scenarios", "gpt-4o")
    print(dialogs.report(dialogs.compare_transcripts("baselines/main.jsonl", transcripts)))

What stands in `__all__` is imported when it is asked for first: `import dialogs` alone imports nothing else.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dialogs.api.comparing import compare_transcripts, report
    from dialogs.api.playing import play, play_async
    from dialogs.api.scenarios import load_scenarios
    from dialogs.chat import ChatReply, ChatRequest, Endpoint, Fault, FaultKind
    from dialogs.compare import Comparison, Label
    from dialogs.errors import DialogsError
    from dialogs.scenario import Scenario
    from dialogs.transcript import Outcome, Transcript
    from dialogs.transcript_files import read_transcripts, write_transcripts

__version__ = "0.1.0"
__all__ = [
    "ChatReply",
    "ChatRequest",
    "Comparison",
    "DialogsError",
    "Endpoint",
    "Fault",
    "FaultKind",
    "Label",
    "Outcome",
    "Scenario",
    "Transcript",
    "compare_transcripts",
    "load_scenarios",
    "play",
    "play_async",
    "read_transcripts",
    "report",
    "write_transcripts",
]
_MODULES = {
    "api.comparing": ("compare_transcripts", "report"),
    "api.playing": ("play", "play_async"),
    "api.scenarios": ("load_scenarios",),
    "chat": ("ChatReply", "ChatRequest", "Endpoint", "Fault", "FaultKind"),
    "compare": ("Comparison", "Label"),
    "errors": ("DialogsError",),
    "scenario": ("Scenario",),
    "transcript": ("Outcome", "Transcript"),
    "transcript_files": ("read_transcripts", "write_transcripts"),
}


def __getattr__(name: str) -> object:
    """Import a public name from its module."""
    for module, names in _MODULES.items():
        if name in names:
            import importlib  # noqa: PLC0415 - the command line starts without it

            value: object = getattr(importlib.import_module(f"{__name__}.{module}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names."""
    return [*__all__, "__version__"]
