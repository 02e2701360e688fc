"""`dialogs accept`: its flags."""

from pathlib import Path
from typing import Annotated

import typer

from dialogs.cli import options, sameness_flags
from dialogs.sameness import Metric


def accept(
    candidate: Annotated[
        Path,
        typer.Argument(help="The transcripts to accept; - is standard input.", metavar="CANDIDATE", show_default=False),
    ],
    baseline: Annotated[
        Path,
        typer.Argument(
            help="The baseline to take them into; it may not be there yet.", metavar="BASELINE", show_default=False
        ),
    ],
    *,
    select: Annotated[
        list[str] | None,
        typer.Option(
            "--select", metavar="GLOB", help="Accept only dialogues with an id like this; may be given again."
        ),
    ] = None,
    review: Annotated[
        bool, typer.Option("--review", help="Go through the dialogues one by one, and ask for each.")
    ] = False,
    variant: Annotated[
        bool, typer.Option("--variant", help="Put them beside what was accepted before: equal to either is same.")
    ] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove from the baseline what is gone: see --scenarios.")
    ] = False,
    scenarios: Annotated[
        list[str] | None,
        typer.Option(
            "--scenarios",
            metavar="PATH",
            help="Gone is what no scenario of these files has; may be given again.",
            show_default="what the candidate has not",
        ),
    ] = None,
    metric: sameness_flags.MetricFlag = Metric.EXACT,
    threshold: sameness_flags.Threshold = None,
    ignore: sameness_flags.Ignore = None,
    normalize: sameness_flags.Normalize = None,
    embedding_model: sameness_flags.EmbeddingModel = None,
    record: sameness_flags.RecordLikenesses = None,
    replay: sameness_flags.ReplayLikenesses = None,
    config: options.ConfigurationPath = None,
) -> None:
    """Take what changed into a baseline, dialogue by dialogue, whole.

    The id of each dialogue that was taken or removed goes to stdout. Exit code 3 where a dialogue cannot be accepted
    since it was not completed.
    """
    # Imported here, since --help needs none of it.
    from dialogs.cli import accepting, choosing  # noqa: PLC0415

    wish = choosing.Wish(
        select=tuple(select or ()),
        review=review,
        variant=variant,
        prune=prune,
        scenarios=tuple(scenarios or ()),
        sameness=sameness_flags.sameness_of(metric, threshold, ignore, normalize),
        meaning=sameness_flags.Meaning(embedding_model, record, replay),
        configuration=config,
    )
    wish.meaning.check(is_wanted=metric is Metric.SEMANTIC)
    raise typer.Exit(accepting.accept(candidate, baseline, wish))
