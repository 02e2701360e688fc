from dataclasses import replace

import pytest

from builders import request
from dialogs.chat import Arm, CompletionPlace
from dialogs.encoding import JsonObject
from dialogs.endpoints.embedded.endpoint import with_defaults


def seed(dialogue: str = "talk@embedded#0", turn: int = 1, arm: Arm = "live", resample: int = 0) -> object:
    place = CompletionPlace(dialogue, turn, arm=arm, resample=resample)
    return with_defaults(replace(request("Hi"), place=place)).params["seed"]


def test_a_request_that_leaves_all_open_is_answered_greedily_in_a_limited_number_of_tokens() -> None:
    params = with_defaults(request("Hi")).params

    assert (params["temperature"], params["max_tokens"]) == (0, 256)


@pytest.mark.parametrize(
    "params", [{"max_tokens": 1000}, {"max_completion_tokens": 1000}, {"temperature": 1.5, "max_tokens": 9, "seed": 1}]
)
def test_what_a_request_says_stays_as_it_is(params: JsonObject) -> None:
    sent = with_defaults(request("Hi", params=params)).params

    assert params.items() <= sent.items()
    assert len({"max_tokens", "max_completion_tokens"} & sent.keys()) == 1


def test_a_cap_in_llama_cpps_own_words_counts() -> None:
    sent = with_defaults(request("Hi", extra_body={"n_predict": 1000}))

    assert "max_tokens" not in sent.params


def test_samples_turns_and_resamples_draw_different_seeds() -> None:
    seeds = [seed(), seed("talk@embedded#1"), seed(turn=2), seed(arm="resample", resample=1)]

    assert len(set(seeds)) == len(seeds)


def test_a_pinned_turn_draws_as_the_live_one_does() -> None:
    assert seed(arm="pinned") == seed()
