"""The ways of playing dialogues that are measured, each as a command line."""

import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import peers
from workload import MODEL, write_scenarios

_HERE: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Load:
    """What is played: dialogues of so many turns, so many at the same time, each answer after `latency_ms`.

    With `cases` so many of the dialogues are of one scenario.
    """

    dialogues: int
    turns: int
    latency_ms: float
    concurrency: int
    cases: int = 0

    @property
    def requests(self) -> int:
        """How many completions that is."""
        return self.dialogues * self.turns


@dataclass(frozen=True, slots=True)
class Command:
    """A command line, with what its environment holds besides the usual."""

    words: list[str]
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Way:
    """One way: `prepare` writes what the command reads, which is not measured, into an empty folder.

    A slow way plays only `share` of the dialogues; its rate hardly depends on their number.
    """

    name: str
    prepare: Callable[[Load, str, Path], Command]
    share: float = 1.0

    def part(self, load: Load) -> Load:
        """Return what this way plays of a load."""
        return replace(load, dialogues=max(1, round(load.dialogues * self.share)))


def _client(name: str) -> Callable[[Load, str, Path], Command]:
    def prepare(load: Load, url: str, _folder: Path) -> Command:
        numbers = {"--dialogues": load.dialogues, "--turns": load.turns, "--concurrency": load.concurrency}
        flags = [str(word) for pair in numbers.items() for word in pair]
        return Command([sys.executable, str(_HERE / "clients.py"), name, url, *flags])

    return prepare


def dialogs_command(*words: str) -> list[str]:
    """Return a command line of `dialogs`."""
    return [sys.executable, "-m", "dialogs", *words]


def endpoint(url: str) -> dict[str, str]:
    """Return the environment that leads a client to the mock."""
    return {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "x"}


def _dialogs(load: Load, url: str, folder: Path, *more: str) -> Command:
    number = load.dialogues // max(1, load.cases)
    scenarios = write_scenarios(folder / "scenarios", number, load.turns, cases=load.cases)
    output = str(folder / "out.jsonl")
    words = ("run", "-m", MODEL, str(scenarios), "-o", output, "-j", str(load.concurrency), *more)
    return Command(dialogs_command(*words), endpoint(url))


def _promptfoo(write: Callable[[Path, str, int, int], None]) -> Callable[[Load, str, Path], Command]:
    def prepare(load: Load, url: str, folder: Path) -> Command:
        write(folder / "config.json", url, load.dialogues, load.turns)
        flags = ["--no-cache", "--no-table", "--no-progress-bar", "--no-write"]
        words = ["eval", "-c", "config.json", "-j", str(load.concurrency), "-o", "out.json", *flags]
        quiet = {
            "PROMPTFOO_CONFIG_DIR": str(folder / "configuration"),
            "PROMPTFOO_DISABLE_TELEMETRY": "1",
            "PROMPTFOO_DISABLE_UPDATE": "1",
            "PROMPTFOO_DISABLE_REMOTE_GENERATION": "1",
        }
        return Command([*peers.promptfoo(), *words], quiet)

    return prepare


def _inspect(load: Load, url: str, folder: Path) -> Command:
    for name in ("inspect_task.py", "workload.py"):  # Inspect AI takes relative paths only
        shutil.copy(_HERE / name, folder)
    places = str(load.concurrency)
    words = ["eval", "inspect_task.py", "--model", f"openai/{MODEL}", "-M", "responses_api=false"]
    words += ["--max-connections", places, "--max-samples", places, "--display", "none", "--log-dir", "logs"]
    words += ["-T", f"dialogues={load.dialogues}", "-T", f"turns={load.turns}"]
    return Command([*peers.inspect(), *words], {**endpoint(url), "PYTHONPATH": str(folder)})


DIALOGS: Final = Way("`dialogs run`", _dialogs)
WORKERS: Final = Way("`dialogs run --workers 2`", lambda *part: _dialogs(*part, "--workers", "2"))
MORE: Final = Way("`dialogs run`, four times as many", _dialogs, share=4)
BARE: Final = Way("a bare aiohttp loop", _client("aiohttp-loop"))
POST: Final = Way("the official client, slow parts passed by, no journal", _client("openai-post"))
GATHER: Final = Way("AsyncOpenAI's defaults in a gather", _client("openai-gather"))
THREADS: Final = Way("the sync client in a thread pool", _client("openai-threads"))
SEQUENTIAL: Final = Way("the sync client, one after the other", _client("openai-sequential"), share=0.1)
PROMPTFOO: Final = Way(
    f"promptfoo {peers.PROMPTFOO}, the history written into each test",
    _promptfoo(peers.write_promptfoo_histories),
)
CONVERSATIONS: Final = Way(
    f"promptfoo {peers.PROMPTFOO}, its own conversations",
    _promptfoo(peers.write_promptfoo_conversations),
    share=0.2,
)
INSPECT: Final = Way(f"Inspect AI {peers.INSPECT}", _inspect)

PEER_WAYS: Final = (PROMPTFOO, CONVERSATIONS, INSPECT)
