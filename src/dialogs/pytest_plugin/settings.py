"""What the options and the configuration file of pytest say."""

from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True, slots=True)
class Settings:
    """What is played on (no models: the scenarios' own), what is compared with, and whether cassettes may grow.

    `together` says whether the dialogues of a file may be played at the same time, ahead of their items.
    """

    models: tuple[str, ...] = ()
    baseline: Path | None = None
    record: bool = False
    together: bool = True


def settings_of(config: pytest.Config) -> Settings:
    """Read the options, and what they leave open from the configuration file.

    Raises:
        UsageError: the baseline is no file, or a model and an endpoint are both named.
    """
    models, endpoint = config.getoption("--dialogs-model"), config.getoption("--dialogs-endpoint")
    if not models and not endpoint:
        models, endpoint = config.getini("dialogs_model"), config.getini("dialogs_endpoint")
    if models and endpoint:
        raise pytest.UsageError("dialogs: a model and an endpoint exclude each other; choose one of them")
    record = config.getoption("--dialogs-record")
    return Settings(
        tuple(models) if models else ((f"function:{endpoint}",) if endpoint else ()),
        _baseline(config),
        record=config.getini("dialogs_record") if record is None else record,
        # A worker of xdist does not know which items it will get; and who stops at the first failure pays for no more.
        together=not hasattr(config, "workerinput") and not config.getoption("maxfail"),
    )


def _baseline(config: pytest.Config) -> Path | None:
    named, folder = config.getoption("--dialogs-baseline"), config.invocation_params.dir
    if not named:
        named, folder = config.getini("dialogs_baseline"), (config.inipath or config.rootpath / "x").parent
    if not named:
        return None
    path = Path(folder, named)
    if not path.is_file():
        raise pytest.UsageError(
            f"dialogs: {path}: no such file; wanted transcripts to compare with (--dialogs-baseline)"
        )
    return path
