from dataclasses import replace

from builders import PLACE, dialogue, scenario
from dialogs.configuration import Prices, RateLimits
from dialogs.forecast import forecast
from dialogs.reports.forecast_text import Terms, forecast_lines
from dialogs.scenario import Case, Dialogue, Expectation, ScriptedExchange, UserTurn


def test_each_turn_goes_with_the_whole_history_before_it() -> None:
    one, two = (forecast([dialogue(*["x" * 400] * turns)]) for turns in (1, 2))
    single, double = one.models["scripted"], two.models["scripted"]

    assert (single.requests, double.requests) == (1, 2)
    assert double.prompt_tokens == 3 * single.prompt_tokens + single.completion_tokens


def test_replies_are_guessed_at_their_limit() -> None:
    limited = Dialogue(scenario("Hi."), "scripted", params={"max_completion_tokens": 40})

    assert forecast([limited]).models["scripted"].completion_tokens == 40
    assert forecast([dialogue("Hi.")]).models["scripted"].completion_tokens == 250


def test_scripted_exchanges_are_sent_and_not_asked() -> None:
    asked = forecast([dialogue(ScriptedExchange("x" * 400, "y" * 400, PLACE), "Hi.")]).models["scripted"]

    assert asked.requests == 1
    assert asked.prompt_tokens > 200


def test_dialogues_scenarios_and_models_are_counted_apart() -> None:
    talks = [Dialogue(scenario("Hi.", "And?", name=name), model) for name in "ab" for model in ("x", "y", "z")]
    planned = forecast(talks)

    assert (planned.scenarios, planned.dialogues, planned.requests, planned.longest) == (2, 6, 12, 2)
    assert {name: model.requests for name, model in planned.models.items()} == {"x": 4, "y": 4, "z": 4}


def test_resamples_of_sample_0_are_counted_and_what_a_baseline_adds_is_named() -> None:
    talks = [Dialogue(scenario("Hi.", "And?"), "x", sample) for sample in range(2)]

    assert forecast(talks, resamples=20).requests == 2 * 21 + 2
    assert next(forecast_lines(forecast(talks, is_compared=True), Terms())).endswith(
        "attempts, and what is asked beside where replies differ from the baseline"
    )


def test_a_plan_reads_as_sizes_costs_and_times() -> None:
    talks = [Dialogue(scenario("Hi."), model, sample) for sample in range(3_000) for model in ("x", "y")]
    lines = list(forecast_lines(forecast(talks), Terms({"x": Prices(1, 2)}, {"x": RateLimits(rpm=100)}, 10)))

    assert lines == [
        "6,000 dialogues of 1 scenario: 6,000 requests, without rounds of tools and repeated attempts",
        "x: 3,000 requests, about 15,000 tokens in and 750,000 out, about $1.51",
        "y: 3,000 requests, about 15,000 tokens in and 750,000 out, cost unknown",
        "about 20 min at -j 10 and 2 s a reply",
        "at least 30 min by the limits of requests and tokens a minute",
        "tokens are estimates: four bytes each, replies at their limit of tokens or 250",
    ]


def test_a_long_run_is_offered_in_shards() -> None:
    talks = [Dialogue(scenario("Hi."), "x", sample) for sample in range(9_000)]

    assert "in 3 shards (--shard 1/3 to 3/3) about 10 min each" in list(
        forecast_lines(forecast(talks), Terms(concurrency=10))
    )


def test_what_a_model_takes_at_a_time_bounds_the_run() -> None:
    planned = forecast([Dialogue(scenario("Hi."), "x", sample) for sample in range(100)])
    free, bound = (
        list(forecast_lines(planned, Terms(concurrency=100, own_concurrency=own)))[2] for own in ({}, {"x": 1})
    )

    assert free == "about 2 s at -j 100 and 2 s a reply"
    assert bound == "about 3 min at 2 s a reply, 1 at a time, which is all that x takes"


def test_processes_are_advised_where_one_would_be_the_bound() -> None:
    planned = forecast([Dialogue(scenario("Hi."), "x", sample) for sample in range(50_000)])
    one, four = (list(forecast_lines(planned, Terms(concurrency=3_000, workers=workers))) for workers in (1, 4))

    assert "with --workers 3, since a process sends about 1,000 requests a second at most" in one
    assert not any("--workers" in line for line in four)


def test_each_reply_that_a_judge_reads_is_a_request_of_its_own() -> None:
    rubric, similar = Expectation("rubric", "Polite.", PLACE), Expectation("similar", {"to": "Hello."}, PLACE)
    either = Expectation("any_of", None, PLACE, any_of=(Expectation("contains", "x", PLACE), rubric))
    asked = replace(scenario(UserTurn("Hi.", PLACE, expect=(either,)), "And?"), expect=(rubric, similar))
    planned = forecast([Dialogue(asked, "x", sample) for sample in range(10)], judged=("rubric", "similar"))
    lines = list(forecast_lines(planned, Terms({"x": Prices(1, 1)}, judges={"rubric": "x", "similar": "e"})))

    assert {kind: judge.requests for kind, judge in planned.judges.items()} == {"rubric": 30, "similar": 20}
    assert lines[2].startswith("x, which judges by rubrics: 30 requests, about ")
    assert lines[3].startswith("e, which judges likeness: 20 requests, about ")
    assert lines[4].endswith(", and what the models without prices cost")
    assert forecast([Dialogue(asked, "x")]).judges == {}


def test_the_values_of_cases_are_counted() -> None:
    cases = tuple(Case(str(size), {"text": "x" * size}) for size in (0, 4_000, 8_000))
    talk = replace(scenario("{{ text }} {{ other }}"), templated=True, cases=cases)

    assert 1_000 <= forecast([Dialogue(talk, "x")]).models["x"].prompt_tokens < 1_020
