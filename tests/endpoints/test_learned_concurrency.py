import pytest

from limited_servers import LimitedServer, Places, RetryAfter, drive


@pytest.mark.parametrize("varies", [False, True])
@pytest.mark.parametrize("retry_after", ["none", "exact", "seconds"])
def test_a_server_that_takes_eight_at_a_time_is_kept_busy_with_few_refusals(
    retry_after: RetryAfter,
    varies: bool,  # noqa: FBT001 - a case of the table
) -> None:
    server = LimitedServer(Places(8, 2.0), 2.0, retry_after, varies=varies)
    run = drive(server, calls=400, concurrency=50)

    assert run.failed == 0
    assert run.requests_per_success <= 1.1
    assert run.share_of_limit >= 0.75


def test_a_server_that_says_503_when_it_is_full_is_understood_too() -> None:
    run = drive(LimitedServer(Places(8, 2.0), 2.0, status=503), calls=400, concurrency=50)

    assert run.failed == 0
    assert run.requests_per_success <= 1.1
    assert run.share_of_limit >= 0.95


def test_more_places_are_found_when_there_are_more() -> None:
    class Growing(Places):
        def refuse(self, now: float) -> float | None:
            self.count = 8 if now < 60 else 32
            return super().refuse(now)

    server = LimitedServer(Growing(8, 1.0), 1.0)
    run = drive(server, calls=1500, concurrency=50)

    assert server.most_in_flight > 28
    assert run.elapsed_s < 60 + 1020 / 32 * 2
