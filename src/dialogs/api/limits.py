"""How far a program lets a run go; its numbers are checked as the command line checks those of its flags."""

from dialogs.endpoints.budget import Budget
from dialogs.endpoints.retrying import RetryPolicy
from dialogs.errors import WrongUseError
from dialogs.replaying import Limits


def limits_of(
    *,
    max_attempts: int,
    max_billed_attempts: int,
    max_retry_after_s: float,
    rpm: float | None,
    tpm: float | None,
    deadline_s: float | None,
    max_failures: int | None,
) -> Limits:
    """Put limits together; None: without one.

    Raises:
        WrongUseError: a number is too small to mean anything.
    """
    _check("max_attempts", max_attempts, least=1)
    _check("max_billed_attempts", max_billed_attempts, least=1)
    _check("max_retry_after_s", max_retry_after_s, least=0)
    _check("rpm", rpm, least=0.001)
    _check("tpm", tpm, least=1)
    _check("deadline_s", deadline_s, least=0)
    _check("max_failures", max_failures, least=1)
    policy = RetryPolicy(max_attempts, costly_retries=max_billed_attempts - 1, max_retry_after_s=max_retry_after_s)
    return Limits(policy, rpm, tpm, deadline_s, max_failures)


def check_counts(*, samples: int, concurrency: int, confirm: int, resamples: int, timeout_s: float | None) -> None:
    """Hold how often and how long is asked against what can be done.

    Raises:
        WrongUseError: a number is too small to mean anything.
    """
    _check("samples", samples, least=1)
    _check("concurrency", concurrency, least=1)
    _check("confirm", confirm, least=0)
    _check("resamples", resamples, least=0)
    _check("timeout_s", timeout_s, least=0.001)


def budget_of(max_requests: int | None, max_cost_usd: float | None) -> Budget:
    """Return what may be sent and spent; None: without a limit.

    Raises:
        WrongUseError: a number is below 0.
    """
    _check("max_requests", max_requests, least=0)
    _check("max_cost_usd", max_cost_usd, least=0)
    return Budget(max_requests, max_cost_usd)


def _check(name: str, value: float | None, *, least: float) -> None:
    if value is not None and not value >= least:  # so that NaN is refused too
        raise WrongUseError(f"{name} is {value}; wanted {least:g} or more")
