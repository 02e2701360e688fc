"""The flags that say when replies count as the same, and the rules that come of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from dialogs.errors import WrongUseError
from dialogs.sameness import Metric, Normalization, Sameness

if TYPE_CHECKING:
    from dialogs.configuration import Configuration

MetricFlag: TypeAlias = Annotated[
    Metric,
    typer.Option("--metric", help="Compare texts to the letter, by their words, or by their meaning."),
]
MetricOfRun: TypeAlias = Annotated[
    Metric,
    typer.Option(
        "--metric",
        help="Compare with the baseline to the letter, or by words; by meaning, `dialogs diff` compares afterwards.",
    ),
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

EmbeddingModel: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--embedding-model",
        metavar="NAME",
        help="The model that --metric semantic asks.",
        show_default="judge's embedding_model in dialogs.yaml",
    ),
]
RecordLikenesses: TypeAlias = Annotated[
    Path | None,
    typer.Option("--record", metavar="FILE", help="Keep what --metric semantic asks in a cassette; ask the rest."),
]
ReplayLikenesses: TypeAlias = Annotated[
    Path | None,
    typer.Option("--replay", metavar="FILE", help="Answer --metric semantic from a cassette alone."),
]


@dataclass(frozen=True, slots=True)
class Meaning:
    """Where likenesses of meaning come from: a model of embeddings, by name, and the cassette that keeps them."""

    embedding_model: str | None = None
    record: Path | None = None
    replay: Path | None = None

    def words(self) -> tuple[str, ...]:
        """Write the flags again, as a command takes them."""
        flags = (("--embedding-model", self.embedding_model), ("--record", self.record), ("--replay", self.replay))
        return tuple(word for flag, value in flags if value is not None for word in (flag, str(value)))

    def check(self, *, is_wanted: bool) -> None:
        """Refuse flags that mean nothing together.

        Raises:
            WrongUseError: they do not.
        """
        if not is_wanted and (self.embedding_model or self.record or self.replay):
            raise WrongUseError("--embedding-model, --record and --replay are for --metric semantic")
        if is_wanted and (self.record is None) == (self.replay is None):
            raise WrongUseError(
                "--metric semantic asks a model: wanted --record FILE, which keeps its answers and asks for nothing "
                "that it holds, or --replay FILE, which answers from one alone"
            )


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


def words_of(sameness: Sameness, config: str | None, meaning: Meaning) -> tuple[str, ...]:
    """Write the flags again, as a command takes them."""
    metric = ("--metric", sameness.metric.value) if sameness.metric is not Metric.EXACT else ()
    threshold = () if sameness.threshold is None else ("--threshold", f"{sameness.threshold:g}")
    ignored = [word for rule in (*sameness.ignore, *sameness.ignore_paths) for word in ("--ignore", rule)]
    normalized = [word for each in sameness.normalize for word in ("--normalize", each.value)]
    named = () if config is None else ("--config", config)
    return (*metric, *threshold, *ignored, *normalized, *meaning.words(), *named)


def configured_rules(explicit: str | None, places: Iterable[str]) -> tuple[str, ...]:
    """Return what the configuration ignores: the one named, else the one above the scenarios at these places.

    Where no scenario is there any more, the search begins in the working directory.

    Raises:
        InvalidFilesError: anything is wrong in the configuration.
    """
    scenarios = _scenarios(places)
    return configuration_for(explicit, places).ignore if explicit or _is_any_above(scenarios) else ()


def configuration_for(explicit: str | None, places: Iterable[str]) -> "Configuration":
    """Read the configuration: the one named, else the one above the scenarios at these places, else an empty one.

    Raises:
        InvalidFilesError: anything is wrong in it.
    """
    from dialogs.loading import load_configuration  # noqa: PLC0415 - a YAML parser, which most comparisons do not need

    return load_configuration(_scenarios(places), explicit)


def _scenarios(places: Iterable[str]) -> list[str]:
    return [path for place in places if Path(path := place.rsplit(":", 2)[0]).is_file()]


def _is_any_above(scenarios: list[str]) -> bool:
    folders = [Path(path).absolute().parent for path in scenarios] or [Path.cwd()]
    return any((above / "dialogs.yaml").exists() for folder in folders for above in (folder, *folder.parents))
