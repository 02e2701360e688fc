"""A talk at a terminal, or in a pipe: where it reads, where it writes, which endpoint it asks."""

import asyncio
import contextlib
import io
import os
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from dialogs.chat import ChatReply, Endpoint, Fault
from dialogs.chatting import BLOCK, QUIT, Talk, converse
from dialogs.cli.output import drop_stdout, never_refuse
from dialogs.cli.talk_file import TalkFile
from dialogs.clock import SystemClock
from dialogs.configuration import Configuration
from dialogs.endpoints.opening import open_endpoints, resolve_default_model
from dialogs.endpoints.pacing import Gate
from dialogs.endpoints.retrying import RetryingEndpoint, RetryPolicy
from dialogs.errors import IncompleteError, WrongUseError
from dialogs.loading import load_configuration
from dialogs.model_text import ModelText
from dialogs.reports.screen import Span, Style, page, paragraph
from dialogs.reports.terminal import Terminal, harmless, wants_colour

# A person can ask again, and would rather know soon.
_FEW: Final = 3
_CLEAR_LINE: Final = "\r\x1b[K"


@dataclass(frozen=True, slots=True)
class StreamConsole:
    """Replies to `out`, everything else to `err`; text of the model's is made harmless where a terminal shows it."""

    read_line: Callable[[str], str]
    out: TextIO
    err: TextIO
    interactive: bool
    colour: bool = False

    def read(self, prompt: str) -> str:
        """Read a line."""
        return self.read_line(prompt)

    def reply(self, text: ModelText) -> None:
        """Write a reply, whole and as it is where a program reads it."""
        self.out.write(f"{harmless(text) if self.out.isatty() else text.raw}\n")
        self.out.flush()

    def reasoning(self, text: ModelText) -> None:
        """Write the model's reasoning where a person reads it."""
        if self.interactive:
            self._say(Span("reasoning: ", Style.FAINT), Span(text, Style.FAINT))

    def notice(self, text: str) -> None:
        """Write a notice."""
        self._say(Span(text, Style.FAINT))

    def warn(self, text: str) -> None:
        """Write a warning."""
        self._say(Span(text, Style.WARNING))

    def _say(self, *spans: Span) -> None:
        self.err.write(page([paragraph(*spans)], Terminal(colour=self.colour)))
        self.err.flush()

    def waiting(self, *, begins: bool) -> None:
        """Show dots on a terminal while a reply is waited for."""
        if self.interactive and self.colour:
            self.err.write("…" if begins else _CLEAR_LINE)
            self.err.flush()


def talk(*, model: str | None, system: str | None, save: Path | None, config: str | None) -> None:
    """Settle everything that can be wrong before the first message, then talk."""
    file = None if save is None else TalkFile(save, models=(model,) if model else (), system=system)
    console = _console()
    configuration = load_configuration([os.curdir], config)
    name = model or resolve_default_model(configuration, os.environ, notice=console.notice)
    endpoint = open_endpoints([name], configuration, os.environ, concurrency=1)[name]
    if console.interactive:
        console.notice(_banner(name))
    patient = _retrying(endpoint, RetryPolicy(max_attempts=_FEW) if console.interactive else RetryPolicy())
    _talk(_talk_with(patient, name, configuration, system), console, file)


def _retrying(endpoint: Endpoint, policy: RetryPolicy) -> RetryingEndpoint:
    chance = random.Random()  # noqa: S311 - it spreads waits, and keeps no secret
    return RetryingEndpoint(endpoint, policy, Gate(SystemClock(), concurrency=1), chance)


def _talk_with(endpoint: Endpoint, name: str, configuration: Configuration, system: str | None) -> Talk:
    named = configuration.models.get(name)
    params = {**configuration.params, **(named.params if named else {})}
    return Talk(endpoint, system, params, named.extra_body if named else {})


def _banner(name: str) -> str:
    return (
        f"Talking to {name}. {QUIT[0]} or Ctrl-D ends the talk; {BLOCK} begins and ends a message of several lines;\n"
        "Ctrl-C takes back a message that waits for its reply."
    )


def _talk(talk: Talk, console: StreamConsole, file: TalkFile | None) -> None:
    with asyncio.Runner() as runner:
        try:
            _talk_and_save(lambda user: runner.run(talk.ask(user)), talk, console, file)
        finally:
            runner.run(talk.endpoint.close())


def _talk_and_save(
    ask: Callable[[str], ChatReply | Fault], talk: Talk, console: StreamConsole, file: TalkFile | None
) -> None:
    def answered() -> None:
        if file is not None and (trouble := file.save(talk.users)):
            console.warn(trouble)

    try:
        converse(ask, console, answered)
    except BrokenPipeError:  # whoever read the replies has gone
        drop_stdout()
    except OSError as error:
        drop_stdout()
        raise IncompleteError(f"the reply could not be written: {error.strerror}") from None
    finally:
        if file is not None:
            console.notice(file.finish(talk.users))


def _console() -> StreamConsole:
    if sys.stdin is None:  # Python's way to say that it is closed
        raise WrongUseError("standard input is closed; wanted a terminal, or lines to say")
    interactive = sys.stdin.isatty()
    never_refuse(sys.stdout)
    never_refuse(sys.stderr)
    read_line = _read_edited if interactive and sys.stdout.isatty() else _plain_reader(interactive=interactive)
    colour = wants_colour(os.environ, is_terminal=sys.stderr.isatty())
    return StreamConsole(read_line, sys.stdout, sys.stderr, interactive, colour)


def _read_edited(prompt: str) -> str:
    with contextlib.suppress(ImportError):  # not every Python has it
        import readline  # noqa: F401, PLC0415 - by its import alone, input() edits lines
    return input(prompt)


def _plain_reader(*, interactive: bool) -> Callable[[str], str]:
    lines = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig")

    def read(prompt: str) -> str:
        if interactive:
            sys.stderr.write(prompt)
            sys.stderr.flush()
        try:
            line = lines.readline()
        except UnicodeDecodeError as error:
            raise WrongUseError(f"standard input is not UTF-8: {error.reason}") from None
        if not line:
            raise EOFError
        return line.removesuffix("\n")

    return read
