import pytest

from dialogs.endpoints.rate_estimate import RateEstimate
from dialogs.endpoints.trials import Odds, Trial


def begin(number: int = 0, odds: float = 0.0) -> Trial:
    return Trial.begin(RateEstimate(first_at=0.0, rate=10.0), 0.0, number, odds)


def ask(trial: Trial, answers: str) -> Trial:
    """Send a request for each letter, of which "r" is refused."""
    for index, answer in enumerate(answers):
        trial.sent()
        if answer == "r":
            trial.refused(index)
    return trial


def test_a_trial_ends_with_the_third_refusal_in_a_row() -> None:
    assert not ask(begin(), "rr").is_over
    assert ask(begin(), "rrr").is_over


def test_a_trial_goes_on_where_one_in_ten_is_refused() -> None:
    assert not ask(begin(), "raaaaaaaaa" * 100).is_over


def test_a_trial_ends_where_one_in_three_is_refused_that_was_one_in_ten_before() -> None:
    assert ask(begin(odds=0.1), "raa" * 10).is_over


def test_each_trial_lets_more_pass_than_the_one_before() -> None:
    assert [begin(number).spare for number in range(6)] == [3, 6, 12, 24, 48, 48]
    assert [begin(number, odds=0.4).share for number in range(4)] == pytest.approx([0.15, 0.3, 0.6, 0.6])


def test_few_admitted_requests_leave_what_was_thought_of_the_limit() -> None:
    trial = ask(begin(), "aaarrr")

    assert not trial.refutes(1.0)
    assert trial.estimate(1.0) is trial.before
    assert trial.before.admitted == 3


def test_many_admitted_requests_refute_what_was_thought_of_the_limit() -> None:
    trial = ask(begin(), "a" * 100 + "rrr")

    assert trial.refutes(1.0)
    assert trial.estimate(2.0).rate == 50


def test_refusals_are_alike_that_come_as_often() -> None:
    trial = ask(begin(), "raaaaaaaaa" * 10)

    assert trial.is_like(Odds(10, 100))
    assert not trial.is_like(Odds(0, 100))
