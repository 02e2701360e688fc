"""The flags that commands share, each with its help."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer

CONCURRENCY: Final = 16
IN_BATCHES: Final = 50_000
MOST_LIVE: Final = 10_000
_MOST: Final = 1_000_000


class Engine(StrEnum):
    """What plays a run: this machine, or a cluster."""

    LOCAL = "local"
    RAY = "ray"


ScenarioPaths: TypeAlias = Annotated[
    list[str], typer.Argument(help="Scenario files, directories or globs.", metavar="PATHS...", show_default=False)
]
Models: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--model", "-m", metavar="NAME", help="Play on this model, not on the scenarios' own; may be given again."
    ),
]
Functions: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--endpoint", metavar="MODULE:NAME", help="Play on a Python function of one's own; may be given again."
    ),
]
Output: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="The transcript file; a name in .zst compresses it.",
        show_default="outputs/TIME.jsonl",
    ),
]
Samples: TypeAlias = Annotated[int, typer.Option("--samples", min=1, metavar="N", help="Play each dialogue N times.")]
Concurrency: TypeAlias = Annotated[
    int | None,
    typer.Option(
        "--concurrency",
        "-j",
        min=1,
        max=_MOST,
        metavar="N",
        help="Play up to N dialogues at the same time.",
        show_default=f"{CONCURRENCY}; 1 on the embedded model; {IN_BATCHES:,} in batches",
    ),
]
Workers: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--workers",
        metavar="N",
        help="Play in N processes, which share all limits; auto: one for each processor.",
        show_default="1",
    ),
]
Select: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--select", metavar="GLOB", help="Play only dialogues with an id like this (* and ?); may be given again."
    ),
]
Tags: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--tag", metavar="TAGS", help='Play only scenarios with such tags: "smoke and not slow"; may be given again.'
    ),
]
ShardOf: TypeAlias = Annotated[
    str | None,
    typer.Option("--shard", metavar="I/N", help="Play only part I of N; dialogs merge puts the parts together."),
]
Stable: TypeAlias = Annotated[
    bool, typer.Option("--stable", help="Leave out of the transcripts what differs from run to run.")
]
InlineMedia: TypeAlias = Annotated[
    bool, typer.Option("--inline-media", help="Keep whole pictures, documents and sounds in the transcripts.")
]
Stream: TypeAlias = Annotated[
    bool, typer.Option("--stream", help="Ask for replies token by token, and note when the tokens came.")
]
TimeoutSeconds: TypeAlias = Annotated[
    float | None,
    typer.Option("--timeout", min=0.1, metavar="S", help="Give each request S seconds in all.", show_default="600"),
]
GraceSeconds: TypeAlias = Annotated[
    float, typer.Option("--grace", min=0, metavar="S", help="After Ctrl-C, wait S seconds for replies on their way.")
]
NoPager: TypeAlias = Annotated[
    bool, typer.Option("--no-pager", help="Write long output to the terminal at once, and not through $PAGER.")
]
NoJudge: TypeAlias = Annotated[
    bool, typer.Option("--no-judge", help="Leave out expectations that a model judges (rubric, similar).")
]
ConfigurationPath: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--config", metavar="FILE", help="The configuration file.", show_default="dialogs.yaml, found upwards"
    ),
]
Variables: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--var", metavar="NAME=VALUE", help="Give a variable of the scenarios another value; may be given again."
    ),
]
MaxFileSize: TypeAlias = Annotated[
    int,
    typer.Option("--max-file-size", min=1, metavar="MB", help="Refuse scenario files of more than MB megabytes."),
]
Record: TypeAlias = Annotated[
    Path | None,
    typer.Option("--record", metavar="FILE", help="Keep all completions as a cassette, or add them to it."),
]
ReplayFrom: TypeAlias = Annotated[
    Path | None,
    typer.Option("--replay", metavar="FILE", help="Answer from a cassette alone: no network, no key."),
]


class Executor(StrEnum):
    """How requests reach an endpoint: one by one, or in batches that are answered in hours at half the price."""

    LIVE = "live"
    BATCH = "batch"


ExecutorOf: TypeAlias = Annotated[
    Executor,
    typer.Option("--executor", help="Ask live, or in batches of the provider: within a day, at half the price."),
]
NoWait: TypeAlias = Annotated[
    bool,
    typer.Option("--no-wait", help="With --executor batch: hand over what can be, and leave; --resume goes on."),
]
Resume: TypeAlias = Annotated[
    bool, typer.Option("--resume", help="Go on with the unfinished run of this output; nothing paid is asked again.")
]
Fresh: TypeAlias = Annotated[
    bool, typer.Option("--fresh", help="Throw the unfinished run of this output away, with its paid replies.")
]
RerunFailed: TypeAlias = Annotated[
    Path | None,
    typer.Option("--rerun-failed", metavar="FILE", help="Play only the dialogues that are not completed in FILE."),
]
MaxAttempts: TypeAlias = Annotated[
    int, typer.Option("--max-attempts", min=1, metavar="N", help="Try N times for a reply that was surely not billed.")
]
MaxBilledAttempts: TypeAlias = Annotated[
    int,
    typer.Option(
        "--max-billed-attempts", min=1, metavar="N", help="Try N times for a reply where a try may have been billed."
    ),
]
MaxRetryAfter: TypeAlias = Annotated[
    float,
    typer.Option("--max-retry-after", min=0, metavar="S", help="Wait up to S seconds where a server asks for it."),
]
RequestsPerMinute: TypeAlias = Annotated[
    float | None, typer.Option("--rpm", min=0.001, metavar="N", help="Send up to N requests a minute to each model.")
]
TokensPerMinute: TypeAlias = Annotated[
    float | None, typer.Option("--tpm", min=1, metavar="N", help="Send up to N tokens a minute to each model.")
]
Deadline: TypeAlias = Annotated[
    float | None, typer.Option("--deadline", min=0, metavar="S", help="Ask nothing more after S seconds.")
]
OpenTelemetry: TypeAlias = Annotated[
    bool,
    typer.Option("--otel", help="Export a span for each dialogue, turn and request, as the OTEL_ variables say."),
]
DryRun: TypeAlias = Annotated[
    bool, typer.Option("--dry-run", help="Say what would be asked, about how much it costs and takes; ask nothing.")
]
MaxRequests: TypeAlias = Annotated[
    int | None, typer.Option("--max-requests", min=0, metavar="N", help="Stop before more than N requests are sent.")
]
MaxCost: TypeAlias = Annotated[
    float | None, typer.Option("--max-cost", min=0, metavar="USD", help="Stop before more than USD dollars are spent.")
]
MaxFailures: TypeAlias = Annotated[
    int | None, typer.Option("--max-failures", min=1, metavar="N", help="Stop when N dialogues have failed.")
]
EngineName: TypeAlias = Annotated[
    Engine, typer.Option("--engine", help="Play on this machine, or as tasks of a Ray cluster (extra ray).")
]
RayAddress: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--ray-address",
        metavar="HOST:PORT",
        help="The cluster of --engine ray.",
        show_default="RAY_ADDRESS, else this machine's",
    ),
]
