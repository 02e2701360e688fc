import asyncio
import io
from collections.abc import Callable

import pytest

from builders import in_turn, reply, sent
from dialogs.chat import ChatReply, Fault, FaultKind
from dialogs.chatting import Talk, converse
from dialogs.cli.talking import StreamConsole
from dialogs.endpoints.scripted import ScriptedEndpoint
from dialogs.errors import IncompleteError

FAULT = Fault(FaultKind.SERVER_ERROR, "out of order", status=503)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def reader(*lines: str | BaseException) -> Callable[[str], str]:
    """Read these lines, or meet these exceptions, one after the other; then the end."""
    rest = iter(lines)

    def read(_prompt: str) -> str:
        line = next(rest, EOFError())
        if isinstance(line, BaseException):
            raise line
        return line

    return read


def console(*lines: str | BaseException, interactive: bool = True) -> StreamConsole:
    return StreamConsole(reader(*lines), io.StringIO(), io.StringIO(), interactive)


def talk(*answers: str | ChatReply | Fault, system: str | None = None) -> Talk:
    return Talk(ScriptedEndpoint(in_turn(*answers)), system)


def hold(talk: Talk, console: StreamConsole) -> tuple[str, str]:
    """Talk to the end of the input; return what was written to stdout and to stderr."""
    with asyncio.Runner() as runner:
        converse(lambda user: runner.run(talk.ask(user)), console)
    return console.out.getvalue(), console.err.getvalue()  # type: ignore[attr-defined]  # both are StringIO


def histories(talk: Talk) -> list[list[object]]:
    requests = talk.endpoint.requests  # type: ignore[attr-defined]  # the scripted endpoint's
    return [[message["content"] for message in sent(request)] for request in requests]  # type: ignore[index]


def test_the_whole_history_goes_out_with_each_turn() -> None:
    spoken = talk("first", "second", system="S")

    out, _ = hold(spoken, console("one", "two"))

    assert out == "first\nsecond\n"
    assert histories(spoken) == [["S", "one"], ["S", "one", "first", "two"]]


@pytest.mark.parametrize("end", ["quit", " exit ", EOFError()])
def test_a_talk_ends_by_a_word_or_with_the_input(end: str | EOFError) -> None:
    spoken = talk("first")

    hold(spoken, console("one", end, "two"))

    assert spoken.users == ["one"]


def test_empty_lines_are_passed_over_and_words_stay_as_they_were_typed() -> None:
    spoken = talk("a", "b")

    hold(spoken, console("", "  spaced \\", "   ", "quit it"))

    assert spoken.users == ["  spaced \\", "quit it"]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (['"""', "one", "", "  two", '"""'], "one\n\n  two"),
        (['"""one', 'two"""'], "one\ntwo"),
        (['"""one line"""'], "one line"),
        (['"""', "quit", '"""'], "quit"),
        (['"""', "", "one", '""" '], "\none"),
    ],
)
def test_quotes_begin_and_end_a_message_of_several_lines(lines: list[str], message: str) -> None:
    spoken = talk("ok")

    hold(spoken, console(*lines))

    assert spoken.users == [message]


def test_a_message_without_its_end_is_not_sent() -> None:
    spoken = talk()

    _, err = hold(spoken, console('"""one', "two"))

    assert (spoken.users, histories(spoken)) == ([], [])
    assert 'A message that begins with """ must end with it; it was not sent.' in err


@pytest.mark.parametrize(
    "answer",
    [FAULT, reply("held back", "content_filter"), reply(None, "tool_calls", tool_calls=[{"function": {"name": "f"}}])],
)
def test_a_turn_without_a_reply_does_not_enter_the_history(answer: ChatReply | Fault) -> None:
    spoken = talk("first", answer, "second")

    out, err = hold(spoken, console("one", "lost", "two"))

    assert out == "first\nsecond\n"
    assert "Your message was taken back" in err
    assert histories(spoken)[2] == ["one", "first", "two"]


def test_ctrl_c_during_a_reply_takes_the_message_back() -> None:
    answers = iter(["first", KeyboardInterrupt(), "second"])
    spoken = talk("first", "second")

    def ask(user: str) -> ChatReply | Fault:
        answer = next(answers)
        if isinstance(answer, BaseException):
            raise answer
        return asyncio.run(spoken.ask(user))

    at = console("one", "lost", "two")
    converse(ask, at)

    assert "Cancelled. Your message was taken back" in at.err.getvalue()  # type: ignore[attr-defined]
    assert histories(spoken) == [["one"], ["one", "first", "two"]]


def test_ctrl_c_at_the_prompt_throws_the_line_away_and_says_how_to_leave() -> None:
    spoken = talk("first")

    _, err = hold(spoken, console('"""begun', KeyboardInterrupt(), "one"))

    assert "Type quit or press Ctrl-D to leave." in err
    assert spoken.users == ["one"]


def test_where_nobody_is_there_a_fault_ends_the_talk() -> None:
    spoken = talk("first", FAULT)

    with pytest.raises(IncompleteError, match=r"no reply: server_error \(HTTP 503\): out of order; the talk ends here"):
        hold(spoken, console("one", "two", "three", interactive=False))

    assert spoken.users == ["one"]


def test_where_nobody_is_there_ctrl_c_ends_the_talk() -> None:
    with pytest.raises(KeyboardInterrupt):
        hold(talk(), console(KeyboardInterrupt(), interactive=False))


def test_a_terminal_gets_harmless_text_and_a_program_the_very_text() -> None:
    texts = {}
    for out in (Terminal(), io.StringIO()):
        hold(talk("\x1b[2J"), StreamConsole(reader("one"), out, io.StringIO(), interactive=True))
        texts[out.isatty()] = out.getvalue()

    assert texts == {True: "\\x1b[2J\n", False: "\x1b[2J\n"}


def test_what_is_beside_a_reply_goes_to_stderr() -> None:
    answers = [reply("half", "length", reasoning_content="\x1bhm"), reply(""), reply(None, refusal="No.")]

    out, err = hold(talk(*answers), console("one", "two", "three"))

    assert out == "half\nNo.\n"
    assert err == "reasoning: \\x1bhm\n(cut off at the token limit)\n(an empty reply)\n(a refusal)\n\n"


def test_each_answered_turn_is_told_before_it_is_shown() -> None:
    spoken, at, seen = talk("first", "second"), console("one", "two"), list[tuple[list[str], str]]()

    def answered() -> None:
        seen.append((list(spoken.users), at.out.getvalue()))  # type: ignore[attr-defined]

    with asyncio.Runner() as runner:
        converse(lambda user: runner.run(spoken.ask(user)), at, answered)

    assert seen == [(["one"], ""), (["one", "two"], "first\n")]
