"""A talk with an endpoint, a line of a person's at a time: the history grows by answered turns, and only by those."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from dialogs.chat import (
    ChatReply,
    ChatRequest,
    CompletionPlace,
    Endpoint,
    Fault,
    History,
    Message,
    script_message,
)
from dialogs.encoding import JsonObject
from dialogs.errors import IncompleteError
from dialogs.model_text import ModelText
from dialogs.replies import enter_reply
from dialogs.tool_calling import tool_calls, unanswered_tool_calls

QUIT: Final = ("quit", "exit")
BLOCK: Final = '"""'
_NAME: Final = "chat"
_TAKEN_BACK: Final = "Your message was taken back; the history is as it was before it."


@dataclass(slots=True)
class Talk:
    """What has been said so far. `users` holds the user's answered messages, in order."""

    endpoint: Endpoint
    system: str | None = None
    params: JsonObject = field(default_factory=dict)
    extra_body: JsonObject = field(default_factory=dict)
    users: list[str] = field(default_factory=list)
    _messages: list[Message] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with the system prompt, if there is one."""
        if self.system is not None:
            self._messages.append(script_message("system", self.system))

    async def ask(self, user: str) -> ChatReply | Fault:
        """Send the whole history with one message more; message and reply enter it only where there is a reply."""
        message = script_message("user", user)
        answer = await self.endpoint.complete(self._request(message))
        if isinstance(answer, Fault):
            return answer
        entered = enter_reply(answer)
        if isinstance(entered, Fault):
            return entered
        if tool_calls(entered.data):
            return unanswered_tool_calls(entered.data)
        self._messages += [message, entered]
        self.users.append(user)
        return answer

    def _request(self, message: Message) -> ChatRequest:
        history = History((*self._messages, message))
        return ChatRequest(
            model=self.endpoint.model,
            messages=history.messages,
            history_sha256=history.sha256,
            place=CompletionPlace(_NAME, len(self.users) + 1),
            params=self.params,
            extra_body=self.extra_body,
        )


class Console(Protocol):
    """Where a talk takes place."""

    @property
    def interactive(self) -> bool:
        """Whether a person is there to answer to a notice."""

    def read(self, prompt: str) -> str:
        """Return one line without its end. Raises EOFError at the end, KeyboardInterrupt at Ctrl-C."""

    def reply(self, text: ModelText) -> None:
        """Give a reply to whoever reads them."""

    def reasoning(self, text: ModelText) -> None:
        """Show what the model thought before its reply."""

    def notice(self, text: str) -> None:
        """Say something that is not the model's."""

    def warn(self, text: str) -> None:
        """Say that something went wrong."""

    def waiting(self, *, begins: bool) -> None:
        """Show that a reply is being waited for, or no longer."""


def converse(
    ask: Callable[[str], ChatReply | Fault], console: Console, answered: Callable[[], None] = lambda: None
) -> None:
    """Ask what is read and show what is answered, until `quit` or the end of the input.

    `answered` is called after each turn that entered the history.

    Raises:
        IncompleteError: nobody is there to decide what to do about a fault.
        KeyboardInterrupt: nobody is there to be asked what it meant.
    """
    for user in _messages(console):
        answer = _ask(ask, user, console)
        if isinstance(answer, ChatReply):
            answered()
            _show(answer, console)
        elif answer is not None and not console.interactive:
            raise IncompleteError(f"{_fault_text(answer)}; the talk ends here")
        elif answer is not None:
            console.warn(_fault_text(answer))
            console.notice(_TAKEN_BACK)


def _ask(ask: Callable[[str], ChatReply | Fault], user: str, console: Console) -> ChatReply | Fault | None:
    console.waiting(begins=True)
    try:
        return ask(user)
    except KeyboardInterrupt:
        if not console.interactive:
            raise
        console.waiting(begins=False)
        console.notice(f"Cancelled. {_TAKEN_BACK}")
        return None
    finally:
        console.waiting(begins=False)


def _fault_text(fault: Fault) -> str:
    status = "" if fault.status is None else f" (HTTP {fault.status})"
    return f"no reply: {fault.kind}{status}: {fault.message}"


def _messages(console: Console) -> Iterator[str]:
    """Read messages until the end; a Ctrl-C throws away what was begun."""
    while True:
        try:
            message = _read_message(console)
        except EOFError:
            if console.interactive:
                console.notice("")  # Ctrl-D leaves the cursor behind the prompt
            return
        except KeyboardInterrupt:
            if not console.interactive:
                raise
            console.notice(f"\nType {QUIT[0]} or press Ctrl-D to leave.")
            continue
        if message is None:
            return
        if message.strip():
            yield message


def _read_message(console: Console) -> str | None:
    """Read one message; None for the word that ends the talk, which within quotes is a message like any other."""
    first = console.read("you> ")
    if first.strip() in QUIT:
        return None
    if not first.strip().startswith(BLOCK):
        return first
    return _read_block(first.strip().removeprefix(BLOCK), console)


def _read_block(line: str, console: Console) -> str:
    """Read up to the closing quotes; quotes that stand alone on a line add no line of their own."""
    lines: list[str] = []
    while not line.rstrip().endswith(BLOCK):
        lines.append(line)
        try:
            line = console.read("...> ")
        except EOFError:
            console.warn(f"\nA message that begins with {BLOCK} must end with it; it was not sent.")
            raise
    lines.append(line.rstrip().removesuffix(BLOCK))
    if not lines[0] and len(lines) > 1:
        del lines[0]
    if not lines[-1] and len(lines) > 1:
        del lines[-1]
    return "\n".join(lines)


def _show(reply: ChatReply, console: Console) -> None:
    for text in _texts(reply.message, "reasoning_content", "reasoning"):
        console.reasoning(text)
    for text in _texts(reply.message, "content", "refusal"):
        console.reply(text)
    if reply.message.get("refusal"):
        console.notice("(a refusal)")
    if reply.message.get("content") == "":
        console.notice("(an empty reply)")
    if reply.finish_reason == "length":
        console.notice("(cut off at the token limit)")


def _texts(message: Mapping[str, object], *keys: str) -> Iterator[ModelText]:
    return (ModelText(value) for key in keys if isinstance(value := message.get(key), str) and value)
