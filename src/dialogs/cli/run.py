"""`dialogs run`: its flags."""

import typer

from dialogs.cli import options


def run(
    paths: options.ScenarioPaths,
    *,
    model: options.Models = None,
    output: options.Output = None,
    samples: options.Samples = 1,
    concurrency: options.Concurrency = None,
    select: options.Select = None,
    tag: options.Tags = None,
    stable: options.Stable = False,
    timeout: options.TimeoutSeconds = None,
    grace: options.GraceSeconds = 10,
    config: options.ConfigurationPath = None,
    max_file_size: options.MaxFileSize = 4,
) -> None:
    """Replay scenarios, each turn on the whole history, and write their transcripts.

    The path of the transcript file goes to stdout where that is no terminal.
    """
    from dialogs.cli.launching import Flags, launch  # noqa: PLC0415 - what a run needs is slow to import

    flags = Flags(
        paths=tuple(paths),
        models=tuple(model or ()),
        output=output,
        samples=samples,
        concurrency=concurrency,
        select=tuple(select or ()),
        tags=tuple(tag or ()),
        stable=stable,
        timeout_s=timeout,
        grace_s=grace,
        configuration=config,
        max_file_bytes=max_file_size << 20,
    )
    raise typer.Exit(launch(flags))
