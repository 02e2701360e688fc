"""`dialogs run`: its flags."""

import typer

from dialogs.cli import arm_flags, options, report_flags, sameness_flags
from dialogs.cli.collecting import collector_off
from dialogs.sameness import Metric


def run(
    paths: options.ScenarioPaths,
    *,
    model: options.Models = None,
    endpoint: options.Functions = None,
    output: options.Output = None,
    concurrency: options.Concurrency = None,
    workers: options.Workers = None,
    samples: options.Samples = 1,
    select: options.Select = None,
    tag: options.Tags = None,
    shard: options.ShardOf = None,
    var: options.Variables = None,
    rerun_failed: options.RerunFailed = None,
    resume: options.Resume = False,
    fresh: options.Fresh = False,
    baseline: arm_flags.Baseline = None,
    history: arm_flags.HistoryFlag = None,
    confirm: arm_flags.Confirm = None,
    resamples: arm_flags.Resamples = 0,
    against: arm_flags.Against = None,
    metric: sameness_flags.MetricOfRun = Metric.EXACT,
    threshold: sameness_flags.Threshold = None,
    ignore: sameness_flags.Ignore = None,
    normalize: sameness_flags.Normalize = None,
    executor: options.ExecutorOf = options.Executor.LIVE,
    no_wait: options.NoWait = False,
    record: options.Record = None,
    replay: options.ReplayFrom = None,
    stable: options.Stable = False,
    junit: report_flags.JUnit = None,
    markdown: report_flags.Markdown = None,
    html: report_flags.Html = None,
    fail_on: report_flags.FailOn = None,
    inline_media: options.InlineMedia = False,
    stream: options.Stream = False,
    timeout: options.TimeoutSeconds = None,
    max_attempts: options.MaxAttempts = 6,
    max_billed_attempts: options.MaxBilledAttempts = 2,
    max_retry_after: options.MaxRetryAfter = 600,
    rpm: options.RequestsPerMinute = None,
    tpm: options.TokensPerMinute = None,
    deadline: options.Deadline = None,
    max_failures: options.MaxFailures = None,
    max_requests: options.MaxRequests = None,
    max_cost: options.MaxCost = None,
    dry_run: options.DryRun = False,
    grace: options.GraceSeconds = 10,
    no_judge: options.NoJudge = False,
    otel: options.OpenTelemetry = False,
    config: options.ConfigurationPath = None,
    max_file_size: options.MaxFileSize = 4,
    engine: options.EngineName = options.Engine.LOCAL,
    ray_address: options.RayAddress = None,
) -> None:
    """Replay scenarios, each turn on the whole history, and write their transcripts.

    The path of the transcript file goes to stdout where that is no terminal.
    """
    # Imported here, since all that a run needs is slow to import; other processes read many scenarios meanwhile.
    with collector_off():
        from dialogs.loading import parse_assignments, read_ahead  # noqa: PLC0415

    with read_ahead(paths, max_bytes=max_file_size << 20, variables=parse_assignments(var or ())) as ahead:
        with collector_off():
            from dialogs.cli.launching import launch  # noqa: PLC0415
            from dialogs.cli.processes import parse_workers  # noqa: PLC0415
            from dialogs.cli.run_flags import Flags  # noqa: PLC0415

        flags = Flags(
            paths=tuple(paths),
            models=tuple(dict.fromkeys((*(model or ()), *(f"function:{name}" for name in endpoint or ())))),
            output=output,
            concurrency=concurrency,
            workers=parse_workers(workers),
            samples=samples,
            select=tuple(select or ()),
            tags=tuple(tag or ()),
            shard=shard,
            variables=tuple(var or ()),
            rerun_failed=rerun_failed,
            resume=resume,
            fresh=fresh,
            arms=arm_flags.ArmFlags(baseline, history, confirm, resamples, against),
            executor=executor,
            no_wait=no_wait,
            record=record,
            replay=replay,
            stable=stable,
            reports=report_flags.ReportFlags(
                junit,
                markdown,
                report_flags.labels_to_fail_on(fail_on),
                html,
                config,
                sameness_flags.sameness_of(metric, threshold, ignore, normalize),
            ),
            inline_media=inline_media,
            stream=stream,
            timeout_s=timeout,
            max_attempts=max_attempts,
            max_billed_attempts=max_billed_attempts,
            max_retry_after_s=max_retry_after,
            rpm=rpm,
            tpm=tpm,
            deadline_s=deadline,
            max_failures=max_failures,
            max_requests=max_requests,
            max_cost_usd=max_cost,
            dry_run=dry_run,
            grace_s=grace,
            judge=not no_judge,
            otel=otel,
            configuration=config,
            max_file_bytes=max_file_size << 20,
            engine=engine,
            ray_address=ray_address,
        )
        raise typer.Exit(launch(flags, ahead))
