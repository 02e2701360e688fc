import os
import pty
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from command import dialogs, environment
from servers import Received, Server, Wire, completion, error, in_order, serve


def echo(request: Received) -> Wire:
    if request.last_user_text == "slow":
        return Wire(30.0, *completion("too late").pieces)
    return completion(f"\x1b[31mYou said: {request.last_user_text}")


def variables(server: Server) -> dict[str, str]:
    return {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-test-0123456789"}


def test_in_a_pipe_replies_go_to_stdout_and_nothing_else_does(tmp_path: Path) -> None:
    with serve(echo) as server:
        ended = dialogs(
            "chat",
            "-m",
            "m",
            "--save",
            "talk.yaml",
            cwd=tmp_path,
            variables=variables(server),
            stdin="one\r\n\ntwo\nquit\n3",
        )

    assert (ended.code, ended.stdout) == (0, "\x1b[31mYou said: one\n\x1b[31mYou said: two\n")
    assert ended.stderr == "saved: talk.yaml\n"
    assert (tmp_path / "talk.yaml").read_text() == "id: talk\nmodel: m\nturns:\n  - one\n  - two\n"
    assert [message["content"] for message in server.requests[1].messages] == ["one", "\x1b[31mYou said: one", "two"]


def test_in_a_pipe_a_fault_ends_the_talk_with_what_was_answered_saved(tmp_path: Path) -> None:
    def fails_at_two(request: Received) -> Wire:
        return error(400, "no such thing") if request.last_user_text == "two" else completion("Yes")

    with serve(fails_at_two) as server:
        ended = dialogs(
            "chat",
            "-m",
            "m",
            "--save",
            "talk.yaml",
            cwd=tmp_path,
            variables=variables(server),
            stdin="one\ntwo\nthree\n",
        )

    assert (ended.code, ended.stdout) == (3, "Yes\n")
    assert "no reply: invalid_request (HTTP 400)" in ended.stderr
    assert (tmp_path / "talk.yaml").read_text() == "id: talk\nmodel: m\nturns:\n  - one\n"


def test_a_function_is_talked_to_and_the_saved_talk_plays_on_it(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text("def answer(messages):\n    return f'{len(messages)} messages'\n")
    talked = dialogs("chat", "--endpoint", "bot:answer", "--save", "talk.yaml", cwd=tmp_path, stdin="one\ntwo\n")
    played = dialogs("run", "talk.yaml", "-o", "talk.jsonl", cwd=tmp_path)

    assert (talked.code, talked.stdout) == (0, "1 messages\n3 messages\n")
    assert (played.code, played.stderr.splitlines()[0]) == (0, "1 dialogue: 1 completed")


def test_a_talk_with_two_is_refused(tmp_path: Path) -> None:
    ended = dialogs("chat", "-m", "m", "--endpoint", "bot:answer", cwd=tmp_path)

    assert ended.code == 2
    assert "a talk is with one: leave out -m or --endpoint" in ended.stderr


def test_a_request_that_an_overloaded_server_refused_is_made_again(tmp_path: Path) -> None:
    with serve(in_order(error(429, "slow down", headers=[("retry-after", "0")]), completion("Yes"))) as server:
        ended = dialogs("chat", "-m", "m", cwd=tmp_path, variables=variables(server), stdin="one\n")

    assert (ended.code, ended.stdout, len(server.requests)) == (0, "Yes\n", 2)


def test_a_file_that_is_there_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    (tmp_path / "talk.yaml").write_text("mine")

    with serve(echo) as server:
        ended = dialogs(
            "chat", "-m", "m", "--save", "talk.yaml", cwd=tmp_path, variables=variables(server), stdin="one\n"
        )

    assert (ended.code, ended.stdout, server.requests) == (2, "", [])
    assert "talk.yaml is there already" in ended.stderr


@dataclass
class Typist:
    """A person at a real terminal."""

    descriptor: int
    process: "subprocess.Popen[bytes]"
    seen: str = ""

    def wait_for(self, text: str, times: int = 1) -> None:
        while self.seen.count(text) < times:
            ready, _, _ = select.select([self.descriptor], [], [], 30)
            assert ready, f"no {text!r} in {self.seen!r}"
            self.seen += os.read(self.descriptor, 4096).decode()

    def type(self, text: str) -> None:
        os.write(self.descriptor, text.encode())


@contextmanager
def at_a_terminal(server: Server, folder: Path) -> Iterator[Typist]:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "dialogs", "chat", "-m", "m"],
        cwd=folder,
        env=environment({**variables(server), "TERM": "xterm"}),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        yield Typist(ours, process)
        process.wait(30)
    os.close(ours)


def test_at_a_terminal_ctrl_c_takes_a_message_back_and_the_talk_goes_on(tmp_path: Path) -> None:
    with serve(echo) as server, at_a_terminal(server, tmp_path) as person:
        person.wait_for("you> ")
        person.type("one\n")
        person.wait_for("you> ", 2)
        person.type("slow\n")
        server.wait_for_requests(2)
        person.process.send_signal(signal.SIGINT)
        person.wait_for("Cancelled. Your message was taken back")
        person.wait_for("you> ", 3)
        person.type('"""two\nthree"""\n')
        person.wait_for("you> ", 4)
        person.type("\x04")

    assert person.process.returncode == 0
    assert "\\x1b[31mYou said: one\r\n" in person.seen
    assert [message["content"] for message in server.requests[-1].messages] == [
        "one",
        "\x1b[31mYou said: one",
        "two\nthree",
    ]
