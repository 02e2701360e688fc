"""What tokens cost: as the configuration has it, else by the public price list of the extra `prices`, else unknown."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from dialogs.chat import Usage
from dialogs.configuration import ModelConfiguration, Prices
from dialogs.transcript import CompletionRecord, Transcript, TurnRecord

_MILLION = 1_000_000
_THIS_MACHINE = frozenset(("localhost", "127.0.0.1", "::1"))
_SOME = 1_000  # so many tokens are in every list's first tier


def cost_usd(usage: Usage, prices: Prices) -> float:
    """Return what a completion cost, in dollars; tokens that the server took from its cache at their own price."""
    details = usage.data.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else None
    cached = min(cached, usage.prompt_tokens) if isinstance(cached, int) and cached > 0 else 0
    cached_price = prices.input_usd if prices.cached_input_usd is None else prices.cached_input_usd
    paid = (usage.prompt_tokens - cached) * prices.input_usd + cached * cached_price
    return (paid + usage.completion_tokens * prices.output_usd) / _MILLION


def in_batches(prices: Prices) -> Prices:
    """Return what the same tokens cost in a batch: half, at every provider that has them."""
    cached = prices.cached_input_usd
    return Prices(prices.input_usd / 2, prices.output_usd / 2, None if cached is None else cached / 2)


def priced(transcript: Transcript, prices: Prices | None) -> Transcript:
    """Return a transcript with the cost of all its completions: live, pinned and resampled ones; None: unknown."""
    if prices is None:
        return transcript
    usages = (each.usage for turn in transcript.turns for each in all_completions(turn) if each.usage is not None)
    return replace(transcript, cost_usd=round(sum(cost_usd(usage, prices) for usage in usages), 8))


def all_completions(turn: TurnRecord) -> Iterator[CompletionRecord]:
    """Give a turn's completions on every history."""
    yield from turn.completions
    for arm in (*((turn.pinned,) if turn.pinned else ()), *turn.resamples):
        yield from arm.completions


def prices_of(model: ModelConfiguration, address: str | None) -> Prices | None:
    """Return a model's prices; None where nobody knows them.

    The configuration's own go first; the embedded model costs nothing; `address`, the endpoint's base URL, says whose
    list holds for the rest, which is looked up with genai-prices where that is installed.
    """
    if model.prices is not None:
        return model.prices
    if model.kind == "embedded":
        return Prices(0, 0)
    if address is None or urlsplit(address).hostname in _THIS_MACHINE:
        return None  # no list knows it, and to load the list takes as long as a small run
    return _listed(model.model or model.name, address)


def _listed(name: str, address: str) -> Prices | None:
    try:
        # Imported here, since it is an extra, and slow.
        from genai_prices import Usage as Tokens  # noqa: PLC0415
        from genai_prices import calc_price  # noqa: PLC0415
    except ImportError:
        return None

    def price(tokens: Tokens) -> float:
        found = calc_price(tokens, model_ref=name, provider_api_url=address).total_price
        return float(found) * _MILLION / _SOME

    try:
        return Prices(
            price(Tokens(input_tokens=_SOME)),
            price(Tokens(output_tokens=_SOME)),
            price(Tokens(input_tokens=_SOME, cache_read_tokens=_SOME)),
        )
    except LookupError:  # the provider, or its model, is not in the list
        return None
