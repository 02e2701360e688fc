"""An endpoint of one's own: a Python function that takes the messages and returns the reply."""

import asyncio
import importlib
import inspect
import os
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any, Final, TypeAlias

from dialogs.chat import Answer, Billing, ChatRequest, Fault, FaultKind
from dialogs.encoding import JsonValue, decode, encode_line
from dialogs.endpoints.answers import parse_answer
from dialogs.endpoints.faults import one_line
from dialogs.errors import WrongUseError

# What a function returns is its author's affair; it is checked like any server's answer.
Function: TypeAlias = Callable[..., Any]

FUNCTION: Final = "function"
_OFFERED: Final = ("params", "dialogue", "turn")
_WANTED: Final = "wanted PACKAGE.MODULE:NAME, a function that takes the messages and returns the reply"


def load_function(name: str) -> Function:
    """Import the function that `name`, as in `package.module:name`, stands for.

    Raises:
        WrongUseError: there is none, or its module cannot be imported.
    """
    module_name, _, path = name.partition(":")
    if not module_name or not path:
        raise WrongUseError(f"{name}: no function; {_WANTED}")
    try:
        found: object = importlib.import_module(module_name)
    except Exception as error:  # noqa: BLE001 - the module is the user's, and may raise anything
        raise WrongUseError(f"{name}: {module_name} cannot be imported: {_reason(error)}; {_WANTED}") from None
    for part in path.split("."):
        found = getattr(found, part, None)
    if not callable(found):
        wrong = f"the module {module_name} has no {path}" if found is None else f"{path} is no function"
        raise WrongUseError(f"{name}: {wrong}; {_WANTED}")
    return found


class FunctionEndpoint:
    """Answers with what `function` returns: text, a message, or a whole ChatCompletions answer.

    It gets the messages as a list of dictionaries, its own copies, and by name what it takes of `params`, `dialogue`
    (the id) and `turn`. One that is not `async` runs in a thread. What it raises is a fault, which ends the dialogue.
    """

    def __init__(
        self, function: Function, name: str, *, timeout_s: float | None = None, concurrency: int | None = None
    ) -> None:
        """Answer by `function`, which people know as `name`, each time within `timeout_s` seconds."""
        self.identity = f"{FUNCTION}:{name}"
        self.model = name
        self.concurrency = concurrency
        self._function = function
        self._taken = _taken(function, name)
        self._is_async = inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
            getattr(function, "__call__", None)  # noqa: B004 - an object whose call is async
        )
        self._timeout_s = timeout_s
        self._threads: ThreadPoolExecutor | None = None

    async def complete(self, request: ChatRequest) -> Answer:
        """Call the function once."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout(self._timeout_s):
                value = await self._call(request)
            body = encode_line(_answer(value, self.model)).encode()
        except TimeoutError:
            return self._fault(FaultKind.TIMEOUT, f"did not return within {self._timeout_s:g} s", retryable=True)
        except Exception as error:  # noqa: BLE001 - the function is the user's, and may raise anything
            return self._fault(FaultKind.FUNCTION_FAILED, _reason(error))
        return parse_answer(body, source=self.model, latency_ms=(loop.time() - began) * 1000)

    async def _call(self, request: ChatRequest) -> object:
        messages = [decode(message.encoded) for message in request.messages]
        offered = {"params": dict(request.params), "dialogue": request.place.dialogue, "turn": request.place.turn}
        call = partial(self._function, messages, **{name: offered[name] for name in self._taken})
        if self._is_async:
            return await call()
        if self._threads is None:
            # As many as dialogues may be played at a time: the run's own limit is the one that counts.
            self._threads = ThreadPoolExecutor(1_000, thread_name_prefix="dialogs-function")
        # What instruments a program finds its place by the context, in threads too.
        value = await asyncio.get_running_loop().run_in_executor(self._threads, copy_context().run, call)
        return await value if inspect.isawaitable(value) else value

    def _fault(self, kind: FaultKind, message: str, *, retryable: bool = False) -> Fault:
        return Fault(kind, f"{self.model}: {message}", retryable=retryable, billing=Billing.PERHAPS)

    async def close(self) -> None:
        """Let the threads go; a call that is on its way is not waited for."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)


def open_function(
    name: str, *, timeout_s: float | None = None, concurrency: int | None = None, folders: Sequence[str] = ()
) -> FunctionEndpoint:
    """Import a function by name and make an endpoint of it; `folders` are looked in as well.

    Raises:
        WrongUseError: there is no such function, or it cannot be called with messages.
    """
    for folder in map(os.path.abspath, folders):
        if folder not in sys.path:
            sys.path.insert(0, folder)
    return FunctionEndpoint(load_function(name), name, timeout_s=timeout_s, concurrency=concurrency)


def _taken(function: Function, name: str) -> tuple[str, ...]:
    """Return what the function takes by name beside the messages."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # some that are written in C say nothing of themselves
        return ()
    first, rest = parameters[:1], parameters[1:]
    if not first or first[0].kind is inspect.Parameter.KEYWORD_ONLY:
        raise WrongUseError(f"{name} takes no messages; {_WANTED}")
    unknown = [
        each.name
        for each in rest
        if each.name not in _OFFERED
        and each.default is each.empty
        and each.kind not in {each.VAR_POSITIONAL, each.VAR_KEYWORD}
    ]
    if unknown:
        offered = ", ".join(_OFFERED)
        raise WrongUseError(f"{name} takes {', '.join(unknown)}; beside the messages it can have {offered}")
    if any(each.kind is each.VAR_KEYWORD for each in rest):
        return _OFFERED
    return tuple(each.name for each in rest if each.name in _OFFERED)


def _answer(value: object, model: str) -> JsonValue:
    """Return a ChatCompletions answer that says what the function returned."""
    if hasattr(value, "model_dump"):  # an answer or a message of the official client
        value = value.model_dump(mode="json", exclude_unset=True)
    if isinstance(value, Mapping) and "choices" in value:
        return dict(value)
    message = {"role": "assistant", "content": value} if isinstance(value, str) else value
    if not isinstance(message, Mapping):
        raise TypeError(f"returned {type(value).__name__}; wanted text, a message or a whole answer")
    reason = "tool_calls" if message.get("tool_calls") else "stop"
    return {"model": model, "choices": [{"message": {"role": "assistant", **message}, "finish_reason": reason}]}


def _reason(error: Exception) -> str:
    """Say what was raised, and where in the user's code."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename not in {__file__, importlib.__file__} and frame.line]
    own = [frame for frame in own if "importlib" not in frame.filename and "concurrent" not in frame.filename]
    where = f" ({own[-1].filename}:{own[-1].lineno})" if own else ""
    return f"{type(error).__name__}: {one_line(str(error))}{where}"
