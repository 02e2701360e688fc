"""From the flags of `dialogs run` to the plan of what is asked beside the live requests."""

from collections.abc import Sequence
from contextlib import ExitStack, closing

from dialogs.arms.baselines import Baselines
from dialogs.arms.histories import History
from dialogs.arms.plan import Plan
from dialogs.cli.run_flags import Flags
from dialogs.compare.likeness import Rules
from dialogs.configuration import Configuration
from dialogs.errors import NothingSelectedError


def plan_of(flags: Flags, configuration: Configuration, models: Sequence[str], stack: ExitStack) -> Plan | None:
    """Return what a run asks beside its live requests; None: nothing.

    Raises:
        NothingSelectedError: the baseline holds nothing to compare with.
        UnreadableTranscriptError: the baseline cannot be read.
    """
    arms = flags.arms
    if arms.baseline is None:
        return Plan(resamples=arms.resamples) if arms.resamples else None
    baselines = stack.enter_context(closing(Baselines(arms.baseline, models)))
    if not baselines.transcripts.lines:
        raise NothingSelectedError(f"{arms.baseline}: no dialogue in this file to compare with")
    return Plan(
        baselines=baselines,
        history=arms.history or History.BOTH,
        confirm=1 if arms.confirm is None else arms.confirm,
        resamples=arms.resamples,
        shares=arms.shares,
        is_of_part=bool(flags.select or flags.tags or flags.rerun_failed or flags.shard),
        rules=Rules(flags.reports.sameness.ignoring(configuration.ignore)),
    )
