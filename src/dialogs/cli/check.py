"""`dialogs check`: its flags."""

import typer

from dialogs.cli import options


def check(
    paths: options.ScenarioPaths,
    *,
    var: options.Variables = None,
    config: options.ConfigurationPath = None,
    max_file_size: options.MaxFileSize = 4,
) -> None:
    """Validate scenarios and the configuration without running anything.

    Every fault of every file is reported at once, as file:line:column.
    """
    from dialogs.loading import load, parse_assignments, read_ahead  # noqa: PLC0415 - a YAML parser, which --help does not need

    variables = parse_assignments(var or ())
    with read_ahead(paths, max_bytes=max_file_size << 20, variables=variables) as ahead:
        scenarios, configuration = load(paths, config, variables=variables, ahead=ahead)
    dialogues = [max(1, len(scenario.cases)) * max(1, len(scenario.models)) for scenario in scenarios]
    turns = sum(number * scenario.turns for number, scenario in zip(dialogues, scenarios, strict=True))
    counts = f"{_count(len(scenarios), 'scenario')}, {_count(sum(dialogues), 'dialogue')}, {_count(turns, 'turn')}"
    typer.echo(f"{counts}{f', {configuration.path}' if configuration.path else ''}: no faults")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
