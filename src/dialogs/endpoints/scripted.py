"""An endpoint that answers from a function: for tests, and for programs that bring their own."""

import asyncio
from collections.abc import Callable
from typing import TypeAlias

from dialogs.chat import Answer, ChatReply, ChatRequest, Fault, Usage

Script: TypeAlias = Callable[[ChatRequest], "str | ChatReply | Fault"]


class ScriptedEndpoint:
    """Answers each request with what `script` returns for it: a text, or a whole reply or fault.

    Every request is kept in `requests`, in the order of asking; `most_in_flight` is the largest number at one time.
    """

    def __init__(self, script: Script, *, model: str = "scripted", latency_s: float = 0.0) -> None:
        """Answer by `script`, each time after `latency_s` seconds."""
        self._script = script
        self._latency_s = latency_s
        self._in_flight = 0
        self.model = model
        self.identity = f"scripted:{model}"
        self.requests: list[ChatRequest] = []
        self.most_in_flight = 0

    async def complete(self, request: ChatRequest) -> Answer:
        """Answer from the script."""
        self.requests.append(request)
        self._in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self._in_flight)
        try:
            await asyncio.sleep(self._latency_s)
            return self._answer(request)
        finally:
            self._in_flight -= 1

    def _answer(self, request: ChatRequest) -> Answer:
        answer = self._script(request)
        if not isinstance(answer, str):
            return answer
        return ChatReply(
            message={"role": "assistant", "content": answer},
            finish_reason="stop",
            served_model=self.model,
            usage=Usage(len(request.messages), 1, {"prompt_tokens": len(request.messages), "completion_tokens": 1}),
        )

    async def close(self) -> None:
        """Nothing is held."""
