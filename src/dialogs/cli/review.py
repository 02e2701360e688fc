"""`dialogs review`: its flags."""

from pathlib import Path
from typing import Annotated

import typer

from dialogs.cli import options, sameness_flags
from dialogs.sameness import Metric


def review(
    candidate: Annotated[
        Path, typer.Argument(help="The transcripts to review.", metavar="CANDIDATE", show_default=False)
    ],
    baseline: Annotated[
        Path,
        typer.Argument(
            help="The baseline to take them into; it may not be there yet.", metavar="BASELINE", show_default=False
        ),
    ],
    *,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65_535, metavar="N", help="Listen on this port.", show_default="a free")
    ] = 0,
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help="Listen on this address; others can then reach it.")
    ] = "127.0.0.1",
    no_open: Annotated[bool, typer.Option("--no-open", help="Print the address, and open no browser.")] = False,
    variant: Annotated[
        bool, typer.Option("--variant", help="Put them beside what was accepted before: equal to either is same.")
    ] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Offer to remove from the baseline what the candidate has not.")
    ] = False,
    metric: sameness_flags.MetricFlag = Metric.EXACT,
    threshold: sameness_flags.Threshold = None,
    ignore: sameness_flags.Ignore = None,
    normalize: sameness_flags.Normalize = None,
    embedding_model: sameness_flags.EmbeddingModel = None,
    record: sameness_flags.RecordLikenesses = None,
    replay: sameness_flags.ReplayLikenesses = None,
    config: options.ConfigurationPath = None,
) -> None:
    """Go through what changed in a browser, and accept it into a baseline, dialogue by dialogue.

    What is accepted is in the file at once; undoing restores what was there. Ctrl-C ends it, and the ids of the
    dialogues that were taken go to stdout.
    """
    # Imported here, since --help needs none of it.
    from dialogs.cli.choosing import Wish  # noqa: PLC0415
    from dialogs.cli.review_session import review_in_browser  # noqa: PLC0415

    wish = Wish(
        variant=variant,
        prune=prune,
        sameness=sameness_flags.sameness_of(metric, threshold, ignore, normalize),
        meaning=sameness_flags.Meaning(embedding_model, record, replay),
        configuration=config,
    )
    wish.meaning.check(is_wanted=metric is Metric.SEMANTIC)
    review_in_browser(candidate, baseline, wish, host=host, port=port, opens=not no_open)
