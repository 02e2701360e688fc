"""`dialogs check`: its flags."""

import typer

from dialogs.cli import options


def check(
    paths: options.ScenarioPaths,
    *,
    config: options.ConfigurationPath = None,
    max_file_size: options.MaxFileSize = 4,
) -> None:
    """Validate scenarios and the configuration without running anything.

    Every fault of every file is reported at once, as file:line:column.
    """
    from dialogs.loading import load  # noqa: PLC0415 - a YAML parser, which --help does not need

    scenarios, configuration = load(paths, config, max_bytes=max_file_size << 20)
    turns = sum(scenario.turns for scenario in scenarios)
    counts = f"{_count(len(scenarios), 'scenario')}, {_count(turns, 'turn')}"
    typer.echo(f"{counts}{f', {configuration.path}' if configuration.path else ''}: no faults")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
