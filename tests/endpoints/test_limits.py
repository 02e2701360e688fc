import pytest

from builders import request
from dialogs.endpoints.limits import Permit, Ramp, Spacing, TokenSpacing, prompt_tokens


def sent_within(spacing: Spacing, seconds: float) -> int:
    count, now = 0, 0.0
    while now < seconds:
        spacing.take(now)
        count += 1
        now = max(now, spacing.next_at)
    return count


def climb(ramp: Ramp, seconds: float, step_s: float = 0.01) -> list[int]:
    """Look at the ramp again and again; return its widths."""
    return [ramp.width(100 + tick * step_s) for tick in range(round(seconds / step_s) + 1)]


@pytest.mark.parametrize("places", [1, 4, 16, 64, 512, 10_000])
def test_a_ramp_begins_with_four_places_and_ends_with_all_within_half_a_second(places: int) -> None:
    widths = climb(Ramp(places), 0.5)

    assert (widths[0], widths[-1]) == (min(4, places), places)
    assert widths == sorted(widths)


def test_a_ramp_says_when_to_look_for_the_next_place() -> None:
    ramp, now, looks = Ramp(64), 100.0, 0
    while ramp.width(now) < 5:
        now, looks = ramp.widens_at(4), looks + 1

    assert now == pytest.approx(100.032, abs=0.001)
    assert looks == 4


def test_time_in_which_the_program_was_busy_opens_hardly_any_place() -> None:
    assert climb(Ramp(200), 1.0, step_s=1.0)[-1] < 10


def test_requests_are_spread_over_the_minute() -> None:
    assert 600 <= sent_within(Spacing(600), 60) <= 602


def test_a_pause_is_not_made_up_for_by_a_burst() -> None:
    spacing = Spacing(60)
    spacing.take(0.0)
    spacing.take(100.0)

    assert spacing.next_at > 100.8


def test_tokens_are_guessed_by_the_bytes_and_corrected_by_what_the_server_counted() -> None:
    spacing = TokenSpacing(6000)
    guess = spacing.estimate(prompt_tokens(request("x" * 4000)))
    spacing.take(0.0, guess)
    spacing.settle(Permit(0.0, 0, guess), 2000)

    assert 1000 < guess < 1020
    assert pytest.approx(spacing.next_at, abs=0.1) == 20.0


def test_what_guesses_missed_is_added_to_later_ones() -> None:
    spacing = TokenSpacing(6000)
    for _ in range(50):
        guess = spacing.estimate(prompt_tokens(request("Hello")))
        spacing.settle(Permit(0.0, 0, guess), 510)

    assert 500 < spacing.estimate(prompt_tokens(request("Hello"))) < 520
