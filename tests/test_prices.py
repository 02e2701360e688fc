import sys

import pytest

from builders import transcript
from dialogs.chat import Usage
from dialogs.configuration import ModelConfiguration, Prices
from dialogs.prices import cost_usd, priced, prices_of


@pytest.mark.parametrize(
    ("usage", "cost"),
    [
        (Usage(1_000_000, 0), 2.0),
        (Usage(0, 1_000_000), 8.0),
        (Usage(1_000_000, 0, {"prompt_tokens_details": {"cached_tokens": 500_000}}), 1.5),
        (Usage(1_000_000, 0, {"prompt_tokens_details": {"cached_tokens": 2_000_000}}), 1.0),
        (Usage(1_000_000, 0, {"prompt_tokens_details": {"cached_tokens": "many"}}), 2.0),
        (Usage(1_000_000, 0, {"prompt_tokens_details": None}), 2.0),
    ],
)
def test_each_sort_of_token_has_its_price(usage: Usage, cost: float) -> None:
    assert cost_usd(usage, Prices(2.0, 8.0, 1.0)) == pytest.approx(cost)


def test_a_transcript_costs_what_its_completions_do() -> None:
    played = transcript("talk", "One?", "1", "Two?", "2")  # prompts of 1 and 3 messages, a token each
    costly = priced(played, Prices(1_000_000, 1_000_000))

    assert costly.cost_usd == 6
    assert costly.record()["run"]["cost_usd"] == 6  # type: ignore[call-overload, index]
    assert "cost_usd" not in str(costly.record(stable=True))


def test_a_transcript_of_unknown_prices_has_no_cost() -> None:
    assert priced(transcript("talk", "One?", "1"), None).cost_usd is None


def test_the_configuration_s_own_prices_go_first() -> None:
    own = Prices(1.0, 2.0)

    assert prices_of(ModelConfiguration("gpt-4o", prices=own), "https://api.openai.com/v1") == own


@pytest.mark.parametrize(
    ("model", "address", "prices"),
    [
        (ModelConfiguration("embedded", kind="embedded"), None, Prices(0, 0)),
        (ModelConfiguration("function:bot:answer", kind="function"), None, None),
        (ModelConfiguration("no-model-is-called-so"), "https://api.openai.com/v1", None),
        (ModelConfiguration("gpt-4o"), "http://localhost:8000/v1", None),
    ],
)
def test_what_nobody_lists_stays_unknown(model: ModelConfiguration, address: str | None, prices: Prices | None) -> None:
    assert prices_of(model, address) == prices


def test_public_prices_are_looked_up_where_the_list_is_installed() -> None:
    pytest.importorskip("genai_prices", reason="needs the extra prices: pip install genai-prices")
    found = prices_of(ModelConfiguration("mine", model="gpt-4o"), "https://api.openai.com/v1")

    assert found is not None
    assert 0 < (found.cached_input_usd or 0) < found.input_usd < found.output_usd


def test_the_list_is_not_even_loaded_for_a_server_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "genai_prices"]:
        monkeypatch.delitem(sys.modules, name)

    assert prices_of(ModelConfiguration("gpt-4o"), "http://[::1]:8000/v1") is None
    assert "genai_prices" not in sys.modules
