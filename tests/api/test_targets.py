from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

import dialogs
from dialogs.api.targets import Played, played_on
from dialogs.errors import WrongUseError


class Bot:
    """An endpoint of one's own."""

    identity = "bot"
    model = "bot-1"

    def __init__(self, answer: object) -> None:
        self.answer = answer
        self.closed = False

    async def complete(self, _request: dialogs.ChatRequest) -> dialogs.ChatReply | dialogs.Fault:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer  # type: ignore[return-value] # some tests return what is none

    async def close(self) -> None:
        self.closed = True


@dataclass
class Agent:
    name: str

    def __call__(self, messages: list[object]) -> str:
        return f"{self.name}: {len(messages)}"


def play(tmp_path: Path, target: Bot) -> dialogs.Transcript:
    (tmp_path / "talk.yaml").write_text("turns: [Hello?]\n")
    return dialogs.play(tmp_path / "talk.yaml", target)[0]


def test_an_endpoint_of_one_s_own_is_asked_and_stays_open(tmp_path: Path) -> None:
    bot = Bot(dialogs.ChatReply({"role": "assistant", "content": "Hi."}, "stop"))

    transcript = play(tmp_path, bot)

    assert (transcript.id, transcript.messages[-1]["content"]) == ("talk@bot-1#0", "Hi.")
    assert not bot.closed


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (KeyError("x"), "bot-1: KeyError: 'x'"),
        ("Hi.", "bot-1: returned str; wanted a ChatReply or a Fault"),
    ],
)
def test_what_is_no_answer_ends_the_dialogue_and_says_why(tmp_path: Path, answer: object, message: str) -> None:
    transcript = play(tmp_path, Bot(answer))

    assert transcript.error is not None
    assert transcript.error.message == message


@pytest.mark.parametrize(
    ("function", "name"),
    [(Agent("Ann"), "Agent"), (partial(max, key=len), "max"), (lambda _messages: "", "lambda")],
)
def test_what_can_be_called_has_a_name(function: object, name: str) -> None:
    assert played_on(function).models == (name,)  # type: ignore[arg-type]


@pytest.mark.parametrize(("target", "models"), [(None, ()), ("gpt-x", ("gpt-x",)), (["a", "b", "a"], ("a", "b"))])
def test_models_are_named(target: list[str] | None, models: tuple[str, ...]) -> None:
    assert played_on(target) == Played(models)


class Half:
    """It answers, and is no endpoint yet."""

    model = "half"

    async def complete(self, _request: object) -> None: ...


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (17, "endpoint is int; wanted a function of the messages, an Endpoint, or the name of a model"),
        ([], "endpoint is list; "),
        (Half(), "Half has no identity, close; "),
    ],
)
def test_what_cannot_be_played_on_is_refused(target: object, message: str) -> None:
    with pytest.raises(WrongUseError) as refused:
        played_on(target)  # type: ignore[arg-type]

    assert str(refused.value).startswith(message)
