"""The flags that say when replies count as the same, and the rules that come of them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from dialogs.errors import WrongUseError
from dialogs.sameness import Metric, Normalization, Sameness

MetricFlag: TypeAlias = Annotated[
    Metric,
    typer.Option("--metric", help="Compare texts to the letter, by their words, or by their meaning."),
]
Threshold: TypeAlias = Annotated[
    float | None,
    typer.Option(
        "--threshold",
        min=0,
        max=1,
        metavar="X",
        help="Texts are the same from this likeness on, 0 to 1; not with exact.",
        show_default="0.9",
    ),
]
Ignore: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--ignore",
        metavar="RULE",
        help="Overlook what matches this regular expression, or, if it begins with $, what stands at this JSON path; "
        "may be given again.",
    ),
]
Normalize: TypeAlias = Annotated[
    list[Normalization] | None,
    typer.Option(
        "--normalize", help="Overlook how Unicode characters are composed, or white space; may be given again."
    ),
]


def sameness_of(
    metric: Metric,
    threshold: float | None,
    ignore: Iterable[str] | None,
    normalize: Iterable[Normalization] | None,
) -> Sameness:
    """Put the flags together.

    Raises:
        WrongUseError: a threshold without a metric that has one.
    """
    if threshold is not None and metric is Metric.EXACT:
        raise WrongUseError("--threshold is a likeness, and --metric exact has none; wanted lexical or semantic")
    return Sameness(metric, threshold, normalize=tuple(normalize or ())).ignoring(ignore or ())


def words_of(sameness: Sameness, config: str | None) -> tuple[str, ...]:
    """Write the flags again, as a command takes them."""
    metric = ("--metric", sameness.metric.value) if sameness.metric is not Metric.EXACT else ()
    threshold = () if sameness.threshold is None else ("--threshold", f"{sameness.threshold:g}")
    ignored = [word for rule in (*sameness.ignore, *sameness.ignore_paths) for word in ("--ignore", rule)]
    normalized = [word for each in sameness.normalize for word in ("--normalize", each.value)]
    return (*metric, *threshold, *ignored, *normalized, *(() if config is None else ("--config", config)))


def configured_rules(explicit: str | None, places: Iterable[str]) -> tuple[str, ...]:
    """Return what the configuration ignores: the one named, else the one above the scenarios at these places.

    Where no scenario is there any more, the search begins in the working directory.

    Raises:
        InvalidFilesError: anything is wrong in the configuration.
    """
    scenarios = [path for place in places if Path(path := place.rsplit(":", 2)[0]).is_file()]
    if explicit is None and not _is_any_above(scenarios):
        return ()
    from dialogs.loading import load_configuration  # noqa: PLC0415 - a YAML parser, which most comparisons do not need

    return load_configuration(scenarios, explicit).ignore


def _is_any_above(scenarios: list[str]) -> bool:
    folders = [Path(path).absolute().parent for path in scenarios] or [Path.cwd()]
    return any((above / "dialogs.yaml").exists() for folder in folders for above in (folder, *folder.parents))
