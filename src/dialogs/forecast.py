"""What a run would ask, guessed from its scripts alone."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from dialogs.configuration import Prices, RateLimits
from dialogs.content import content_value
from dialogs.encoding import JsonValue, canonical
from dialogs.expectations import judged_parts
from dialogs.scenario import Case, Dialogue, Expectation, Instruction, Scenario, ScriptedExchange, UserTurn

_BYTES_PER_TOKEN: Final = 4
_MESSAGE_TOKENS: Final = 4  # what a chat template adds to each message
_REPLY_TOKENS: Final = 250
_RUBRIC_TOKENS: Final = 150  # what a judge is told of its task
_VERDICT_TOKENS: Final = 60
_CASES_TRIED: Final = 10
_VARIABLE: Final = re.compile(r"\{\{-?\s*([A-Za-z_]\w*)\s*-?\}\}")
_MILLION: Final = 1_000_000


@dataclass(slots=True)
class ModelForecast:
    """What would be asked of one model; tokens are estimates."""

    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def add(self, other: "ModelForecast", times: int = 1) -> None:
        """Add what another asks, so many times."""
        self.requests += other.requests * times
        self.prompt_tokens += other.prompt_tokens * times
        self.completion_tokens += other.completion_tokens * times

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
    """What a run would ask: the turns of its scripts, without rounds of tools and repeated attempts.

    `judges` are by the kind of what they judge: `rubric` or `similar`. `longest` is the number of turns of the longest
    dialogue, which cannot be asked at the same time. `is_compared` says that turns are asked again and on a baseline's
    history where replies differ, which nobody can guess.
    """

    scenarios: int = 0
    dialogues: int = 0
    longest: int = 0
    models: dict[str, ModelForecast] = field(default_factory=dict)
    judges: dict[str, ModelForecast] = field(default_factory=dict)
    is_compared: bool = False

    @property
    def requests(self) -> int:
        """All requests but the judges'."""
        return sum(model.requests for model in self.models.values())


@dataclass(frozen=True, slots=True)
class _Guess:
    """What one dialogue of a script asks of its model, and of judges by the kind of what they judge."""

    asked: ModelForecast
    judged: Mapping[str, ModelForecast]


def forecast(
    dialogues: Iterable[Dialogue], *, resamples: int = 0, is_compared: bool = False, judged: Collection[str] = ()
) -> Forecast:
    """Add up what the dialogues would ask, each turn of sample 0 `resamples` times more, and what is `judged` of them.

    A reply is guessed at its limit of tokens or 250; four bytes are a token; the cases of a script are as long as the
    mean of some of them.
    """
    result = Forecast(is_compared=is_compared, judges={kind: ModelForecast() for kind in judged})
    guesses: dict[tuple[str, int | None], _Guess] = {}
    seen: set[str] = set()
    for dialogue in dialogues:
        limit = _reply_limit(dialogue.params)
        key = (dialogue.scenario.id, limit)
        if key not in guesses:
            guesses[key] = _guess(dialogue.scenario, limit, judged)
        guess = guesses[key]
        model = result.models.setdefault(dialogue.model, ModelForecast())
        times = 1 + (resamples if dialogue.sample == 0 else 0)
        model.add(guess.asked, times)
        for kind, each in guess.judged.items():
            result.judges[kind].add(each)
        seen.add(dialogue.scenario.id)
        result.dialogues += 1
        result.longest = max(result.longest, guess.asked.requests)
    result.scenarios = len(seen)
    return result


def _reply_limit(params: Mapping[str, JsonValue]) -> int | None:
    limit = params.get("max_completion_tokens") or params.get("max_tokens")
    return limit if isinstance(limit, int) else None


def _guess(scenario: Scenario, limit: int | None, judged: Collection[str]) -> _Guess:
    """Take the mean of some of a script's cases."""
    step = max(1, len(scenario.cases) // _CASES_TRIED)
    tried = scenario.cases[::step][:_CASES_TRIED] or (Case("", {}),)
    walks = [_Walk({**scenario.variables, **case.values}, judged) for case in tried]
    for walk in walks:
        walk.through(scenario, limit)
    return _Guess(
        _mean([walk.asked for walk in walks]), {kind: _mean([walk.judged[kind] for walk in walks]) for kind in judged}
    )


def _mean(guesses: Sequence[ModelForecast]) -> ModelForecast:
    number = len(guesses)
    return ModelForecast(
        guesses[0].requests,
        round(sum(guess.prompt_tokens for guess in guesses) / number),
        round(sum(guess.completion_tokens for guess in guesses) / number),
    )


class _Walk:
    """Goes through a script as it would be sent, each turn with the whole history before it."""

    def __init__(self, values: Mapping[str, JsonValue], judged: Collection[str]) -> None:
        self.asked = ModelForecast()
        self.judged = {kind: ModelForecast() for kind in judged}
        self._values = values

    def through(self, scenario: Scenario, limit: int | None) -> None:
        history = 0 if scenario.system is None else self._tokens(scenario.system)
        tools = self._tokens(list(scenario.tools)) if scenario.tools else 0
        for entry in scenario.entries:
            match entry:
                case Instruction(text=text):
                    history += self._tokens(text)
                case ScriptedExchange(user=user, assistant=assistant):
                    history += self._tokens(content_value(user, references=True)) + self._tokens(assistant)
                case UserTurn(content=content, params=params):
                    history += self._tokens(content_value(content, references=True))
                    reply = _reply_limit(params) or limit or _REPLY_TOKENS
                    self.asked.add(ModelForecast(1, history + tools, reply))
                    history += reply
                    for expectation in chain.from_iterable(map(judged_parts, (*scenario.expect, *entry.expect))):
                        self._judge(expectation, history, reply)

    def _judge(self, expectation: Expectation, history: int, reply: int) -> None:
        if expectation.kind not in self.judged:
            return
        wanted = self._tokens(expectation.value)
        if expectation.kind == "rubric":  # which is put with the whole conversation
            guess = ModelForecast(1, _RUBRIC_TOKENS + wanted + history, _VERDICT_TOKENS)
        else:
            guess = ModelForecast(1, wanted + reply)
        self.judged[expectation.kind].add(guess)

    def _tokens(self, value: JsonValue) -> int:
        text = _VARIABLE.sub(self._written, canonical(value).decode())
        return len(text.encode()) // _BYTES_PER_TOKEN + _MESSAGE_TOKENS

    def _written(self, variable: re.Match[str]) -> str:
        value = self._values.get(variable[1], variable[0])
        return value if isinstance(value, str) else canonical(value).decode()
