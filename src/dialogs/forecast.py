"""What a run would ask, guessed from its scripts alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from dialogs.configuration import Prices, RateLimits
from dialogs.content import content_value
from dialogs.encoding import JsonValue, canonical
from dialogs.scenario import Dialogue, Instruction, Scenario, ScriptedExchange, UserTurn

_BYTES_PER_TOKEN: Final = 4
_MESSAGE_TOKENS: Final = 4  # what a chat template adds to each message
_REPLY_TOKENS: Final = 250
_MILLION: Final = 1_000_000


@dataclass(slots=True)
class ModelForecast:
    """What would be asked of one model; tokens are estimates."""

    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def cost_usd(self, prices: Prices) -> float:
        """Return what it would cost, in dollars."""
        return (self.prompt_tokens * prices.input_usd + self.completion_tokens * prices.output_usd) / _MILLION

    def least_s(self, rates: RateLimits) -> float:
        """Return how long the limits alone make it last, in seconds."""
        by_requests = 0.0 if rates.rpm is None else self.requests / rates.rpm * 60
        tokens = self.prompt_tokens + self.completion_tokens
        return max(by_requests, 0.0 if rates.tpm is None else tokens / rates.tpm * 60)


@dataclass(slots=True)
class Forecast:
    """What a run would ask: the turns of its scripts, without rounds of tools, repeated attempts and judges.

    `longest` is the number of turns of the longest dialogue, which cannot be asked at the same time. `is_compared` says
    that turns are asked again and on a baseline's history where replies differ, which nobody can guess.
    """

    scenarios: int = 0
    dialogues: int = 0
    longest: int = 0
    models: dict[str, ModelForecast] = field(default_factory=dict)
    is_compared: bool = False

    @property
    def requests(self) -> int:
        """All requests."""
        return sum(model.requests for model in self.models.values())


def forecast(dialogues: Iterable[Dialogue], *, resamples: int = 0, is_compared: bool = False) -> Forecast:
    """Add up what the dialogues would ask, each turn of sample 0 `resamples` times more.

    A reply is guessed at its limit of tokens or 250; four bytes are a token.
    """
    result = Forecast(is_compared=is_compared)
    guesses: dict[tuple[str, int | None], ModelForecast] = {}
    seen: set[str] = set()
    for dialogue in dialogues:
        limit = _reply_limit(dialogue.params)
        key = (dialogue.scenario.id, limit)
        if key not in guesses:
            guesses[key] = _guess(dialogue.scenario, limit)
        guess = guesses[key]
        model = result.models.setdefault(dialogue.model, ModelForecast())
        times = 1 + (resamples if dialogue.sample == 0 else 0)
        model.requests += guess.requests * times
        model.prompt_tokens += guess.prompt_tokens * times
        model.completion_tokens += guess.completion_tokens * times
        seen.add(dialogue.scenario.id)
        result.dialogues += 1
        result.longest = max(result.longest, guess.requests)
    result.scenarios = len(seen)
    return result


def _reply_limit(params: Mapping[str, JsonValue]) -> int | None:
    limit = params.get("max_completion_tokens") or params.get("max_tokens")
    return limit if isinstance(limit, int) else None


def _guess(scenario: Scenario, limit: int | None) -> ModelForecast:
    """Walk through a script as it would be sent, each turn with the whole history before it."""
    guess = ModelForecast()
    history = 0 if scenario.system is None else _tokens(scenario.system)
    tools = _tokens(list(scenario.tools)) if scenario.tools else 0
    for entry in scenario.entries:
        match entry:
            case Instruction(text=text):
                history += _tokens(text)
            case ScriptedExchange(user=user, assistant=assistant):
                history += _tokens(content_value(user, references=True)) + _tokens(assistant)
            case UserTurn(content=content, params=params):
                history += _tokens(content_value(content, references=True))
                reply = _reply_limit(params) or limit or _REPLY_TOKENS
                guess.requests += 1
                guess.prompt_tokens += history + tools
                guess.completion_tokens += reply
                history += reply
    return guess


def _tokens(value: JsonValue) -> int:
    return len(canonical(value)) // _BYTES_PER_TOKEN + _MESSAGE_TOKENS
