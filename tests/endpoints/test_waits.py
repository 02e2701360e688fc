import pytest

from dialogs.endpoints.waits import wait_asked_for

DATE = "Wed, 21 Oct 2026 07:28:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after-ms": "1500"}, 1.5),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after-ms": "x", "retry-after": "9"}, 9.0),
        ({"retry-after": "600"}, 600.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:29:30 GMT", "date": DATE}, 90.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:27:00 GMT", "date": DATE}, 0.0),
        ({"retry-after": "Wednesday, 21-Oct-26 07:28:10 GMT", "date": DATE}, 10.0),
        ({"retry-after": "Wed Oct 21 07:28:20 2026", "date": DATE}, 20.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:29:30 GMT"}, None),
        ({"retry-after": "Wed, 99 Oct 2026 07:29:30 GMT", "date": DATE}, None),
    ],
)
def test_reads_what_a_server_asks_for(headers: dict[str, str], seconds: float | None) -> None:
    assert wait_asked_for(headers, rate_limited=False) == seconds


@pytest.mark.parametrize(
    ("reset", "seconds"),
    [
        ("1s", 1.0),
        ("6m0s", 360.0),
        ("120ms", 0.12),
        ("1h2m3.5s", 3723.5),
        ("0s", 0.0),
        ("12", 12.0),
        ("1.5", 1.5),
        ("500us", 0.0005),
        ("in a while", None),
        ("1s later", None),
    ],
)
def test_reads_durations_until_a_limit_is_fresh(reset: str, seconds: float | None) -> None:
    assert wait_asked_for({"x-ratelimit-reset-requests": reset}, rate_limited=True) == pytest.approx(seconds)
    assert wait_asked_for({"x-ratelimit-reset-requests": reset}, rate_limited=False) is None


@pytest.mark.parametrize(
    ("remaining", "seconds"),
    [(("0", "9"), 60.0), (("9", "0"), 2.0), (("0", "0"), 60.0), (("9", "9"), 2.0)],
)
def test_waits_for_the_limit_that_is_used_up(remaining: tuple[str, str], seconds: float) -> None:
    headers = {
        "x-ratelimit-reset-requests": "1m",
        "x-ratelimit-reset-tokens": "2s",
        "x-ratelimit-remaining-requests": remaining[0],
        "x-ratelimit-remaining-tokens": remaining[1],
    }

    assert wait_asked_for(headers, rate_limited=True) == seconds
