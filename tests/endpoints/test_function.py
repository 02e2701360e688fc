import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from builders import request
from command import dialogs
from dialogs.chat import Answer, ChatReply, Fault, FaultKind
from dialogs.endpoints.function import FunctionEndpoint, load_function
from dialogs.errors import WrongUseError


def ask(function: Callable[..., Any], *contents: str, timeout_s: float | None = None) -> Answer:
    async def complete() -> Answer:
        endpoint = FunctionEndpoint(function, "bot:answer", timeout_s=timeout_s)
        try:
            return await endpoint.complete(request(*contents, turn=2, params={"temperature": 0}))
        finally:
            await endpoint.close()

    return asyncio.run(complete())


def content(answer: Answer) -> object:
    assert isinstance(answer, ChatReply), answer
    return answer.message["content"]


def test_a_function_gets_the_messages_and_returns_the_reply() -> None:
    answer = ask(lambda messages: f"{len(messages)}: {messages[-1]['content']}", "One?", "Two?")

    assert content(answer) == "2: Two?"


def test_a_function_may_be_async() -> None:
    async def answer(messages: list[Any]) -> str:
        await asyncio.sleep(0)
        return str(messages[-1]["content"])

    assert content(ask(answer, "Hello?")) == "Hello?"


def test_a_function_gets_by_name_what_it_takes() -> None:
    def answer(messages: list[Any], turn: int, params: dict[str, Any], *, dialogue: str) -> str:
        return f"{len(messages)} {turn} {params} {dialogue}"

    assert content(ask(answer, "Hello?")) == "1 2 {'temperature': 0} talk@scripted#0"


def test_what_a_function_does_to_its_messages_stays_its_own() -> None:
    def answer(messages: list[Any]) -> str:
        messages.clear()
        return "gone"

    asked = request("Hello?")
    asyncio.run(FunctionEndpoint(answer, "bot:answer").complete(asked))

    assert len(asked.messages) == 1


def test_a_function_may_return_a_message_with_tool_calls() -> None:
    calls = [{"id": "1", "type": "function", "function": {"name": "look_up", "arguments": "{}"}}]
    answer = ask(lambda _messages: {"content": None, "tool_calls": calls}, "Where?")

    assert isinstance(answer, ChatReply)
    assert (answer.finish_reason, answer.message["tool_calls"]) == ("tool_calls", calls)


def test_a_function_may_return_a_whole_answer_with_its_usage() -> None:
    message = {"role": "assistant", "content": "Hi."}
    whole = {
        "model": "gpt-x",
        "choices": [{"message": message, "finish_reason": "length"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2},
    }
    answer = ask(lambda _messages: whole, "Hello?")

    assert isinstance(answer, ChatReply)
    assert (answer.served_model, answer.finish_reason) == ("gpt-x", "length")
    assert answer.usage is not None
    assert answer.usage.total_tokens == 5


def raises(_messages: list[Any]) -> str:
    raise KeyError("x")


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (raises, "bot:answer: KeyError: 'x'"),
        (lambda _messages: 17, "bot:answer: TypeError: returned int; wanted text, a message or a whole answer"),
        (lambda _messages: None, "bot:answer: TypeError: returned NoneType"),
        (lambda _messages: {"content": float("nan")}, "bot:answer: "),
        (lambda _messages: {"content": object()}, "bot:answer: TypeError"),
    ],
)
def test_what_is_no_reply_is_a_fault_that_says_why(function: Callable[..., Any], message: str) -> None:
    answer = ask(function, "Hello?")

    assert isinstance(answer, Fault)
    assert answer.message.startswith(message)


def test_a_message_that_says_nothing_is_not_believed() -> None:
    answer = ask(lambda _messages: {"content": None}, "Hello?")

    assert isinstance(answer, Fault)
    assert answer.kind is FaultKind.NOT_A_COMPLETION


def test_a_function_that_does_not_return_in_time_is_a_timeout() -> None:
    async def answer(_messages: list[Any]) -> str:
        await asyncio.sleep(60)
        return "late"

    fault = ask(answer, "Hello?", timeout_s=0.01)

    assert isinstance(fault, Fault)
    assert (fault.kind, fault.message) == (FaultKind.TIMEOUT, "bot:answer: did not return within 0.01 s")


def test_functions_that_are_not_async_run_at_the_same_time() -> None:
    running: list[int] = []
    most: list[int] = []

    def answer(_messages: list[Any]) -> str:
        running.append(1)
        for _ in range(1_000):  # until the other is there too
            most.append(len(running))
            if len(running) > 1 or 2 in most:
                break
            time.sleep(0.01)
        running.pop()
        return "done"

    async def both() -> None:
        endpoint = FunctionEndpoint(answer, "bot:answer")
        await asyncio.gather(endpoint.complete(request("One?")), endpoint.complete(request("Two?")))
        await endpoint.close()

    asyncio.run(both())

    assert max(most) == 2


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("bot", "bot: no function; wanted PACKAGE.MODULE:NAME"),
        ("no_such_module_anywhere:x", "no_such_module_anywhere cannot be imported: ModuleNotFoundError"),
        ("json:nothing", "json:nothing: the module json has no nothing; wanted"),
        ("json:__name__", "json:__name__: __name__ is no function; wanted"),
    ],
)
def test_a_name_that_stands_for_no_function_is_refused(name: str, message: str) -> None:
    with pytest.raises(WrongUseError) as refused:
        load_function(name)

    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda: "", "bot:answer takes no messages"),
        (lambda messages, who: "", "bot:answer takes who; beside the messages it can have params, dialogue, turn"),  # noqa: ARG005
    ],
)
def test_a_function_that_cannot_be_called_so_is_refused_before_the_first_request(
    function: Callable[..., Any], message: str
) -> None:
    with pytest.raises(WrongUseError) as refused:
        FunctionEndpoint(function, "bot:answer")

    assert str(refused.value).startswith(message)


def test_an_agent_of_one_s_own_is_played_from_the_command_line(tmp_path: Path) -> None:
    tmp_path.joinpath("bot.py").write_text("def answer(messages):\n    return f'{len(messages)} messages'\n")
    tmp_path.joinpath("talk.yaml").write_text("turns: [Hello?, And now?]\n")

    done = dialogs("run", "talk.yaml", "--endpoint", "bot:answer", "-o", "talk.jsonl", cwd=tmp_path)

    assert done.code == 0, done.stderr
    assert '"content":"3 messages"' in tmp_path.joinpath("talk.jsonl").read_text()


def test_a_function_may_be_a_model_of_the_configuration(tmp_path: Path) -> None:
    tmp_path.joinpath("robot.py").write_text("def answer(messages):\n    return 'beep'\n")
    tmp_path.joinpath("dialogs.yaml").write_text(
        "model: agent\nmodels:\n  agent: {endpoint: function, function: 'robot:answer'}\n"
    )
    tmp_path.joinpath("talk.yaml").write_text("turns: [Hello?]\n")

    done = dialogs("run", "talk.yaml", "-o", "talk.jsonl", cwd=tmp_path)

    assert done.code == 0, done.stderr
    assert '"id":"talk@agent#0"' in tmp_path.joinpath("talk.jsonl").read_text()
