import json
import re
from pathlib import Path

import pytest

from comment import MOST, CommentError, GitHub, body, keep, main, size
from servers import Act, Received, Server, Wire, answer, serve, unused_port

MARKER = "<!-- dialogs: dialogs -->"
AUTHOR = "github-actions[bot]"
LINK = "https://github.example/acme/shop/actions/runs/77"


class Comments:
    """The comments of a pull request, as GitHub keeps them: 100 a page, in order of their ids."""

    def __init__(self, *comments: tuple[str, str]) -> None:
        self.kept = {
            number: {"id": number, "user": {"login": author}, "body": text}
            for number, (author, text) in enumerate(comments, start=1)
        }

    def __call__(self, request: Received) -> Wire:
        if request.method == "GET":
            page = int(request.target.rpartition("=")[2])
            return answer(list(self.kept.values())[(page - 1) * 100 : page * 100])
        number = len(self.kept) + 1 if request.method == "POST" else int(request.target.rpartition("/")[2])
        self.kept[number] = {"id": number, "user": {"login": AUTHOR}, "body": request.json["body"]}
        return answer({"html_url": f"https://github.example/{number}"}, 201 if request.method == "POST" else 200)

    @property
    def texts(self) -> list[str]:
        return [str(comment["body"]) for comment in self.kept.values()]


def github(server: Server, waits: list[float] | None = None) -> GitHub:
    return GitHub(server.origin, "acme/shop", "ghs_canary", ([] if waits is None else waits).append)


def kept(server: Server, text: str, waits: list[float] | None = None) -> str:
    return keep(github(server, waits), 5, MARKER, AUTHOR, f"{MARKER}\n{text}")


def test_the_second_run_updates_the_comment_of_the_first() -> None:
    comments = Comments(("someone", "Nice."))
    with serve(comments) as server:
        addresses = [kept(server, "one"), kept(server, "two")]

    assert addresses == ["https://github.example/2"] * 2
    assert comments.texts == ["Nice.", f"{MARKER}\ntwo"]


def test_it_is_found_behind_hundreds_of_others() -> None:
    comments = Comments(*[("someone", "Nice.")] * 230, (AUTHOR, f"{MARKER}\nold"))
    with serve(comments) as server:
        address = kept(server, "new")

    assert (address, len(comments.kept)) == ("https://github.example/231", 231)


@pytest.mark.parametrize(
    "other",
    [
        ("someone", f"{MARKER}\nI copied the marker."),
        (AUTHOR, "<!-- dialogs: nightly -->\nof another job"),
        (AUTHOR, f"> {MARKER}\nquoted"),
    ],
)
def test_nobody_elses_comment_is_written_over(other: tuple[str, str]) -> None:
    comments = Comments(other)
    with serve(comments) as server:
        kept(server, "ours")

    assert comments.texts == [other[1], f"{MARKER}\nours"]


def test_a_busy_server_is_asked_again_after_the_wait_that_it_names() -> None:
    comments, refusals, waits = Comments(), [503, 429], list[float]()

    def script(request: Received) -> Wire:
        if refusals:
            return answer({"message": "busy"}, refusals.pop(), [("retry-after", "7")])
        return comments(request)

    with serve(script) as server:
        kept(server, "text", waits)

    assert (comments.texts, waits) == ([f"{MARKER}\ntext"], [7.0, 7.0])


def test_a_comment_that_may_have_been_made_is_not_made_twice() -> None:
    def script(request: Received) -> Wire:
        return answer([]) if request.method == "GET" else Wire(Act.CLOSE)

    with serve(script) as server, pytest.raises(CommentError):
        kept(server, "text")

    assert [request.method for request in server.requests] == ["GET", "POST"]


def test_a_redirect_does_not_carry_the_token_away() -> None:
    with serve(Comments()) as other:
        elsewhere = [("location", f"{other.origin}/repos/acme/shop/issues/5/comments")]
        with serve(lambda _request: answer({}, 301, elsewhere)) as server, pytest.raises(CommentError, match="301"):
            kept(server, "text")

    assert other.requests == []


def test_what_github_says_and_what_to_do_are_in_the_message() -> None:
    refusal = answer({"message": "Resource not accessible by integration"}, 403)
    with serve(lambda _request: refusal) as server, pytest.raises(CommentError) as raised:
        kept(server, "text")

    assert "GitHub says 403, Resource not accessible by integration; wanted a token" in str(raised.value)
    assert "ghs_canary" not in str(raised.value)


def test_a_server_that_is_not_there_is_no_crash() -> None:
    gone = GitHub(f"http://127.0.0.1:{unused_port()}", "acme/shop", "t", lambda _wait_s: None)

    with pytest.raises(CommentError, match="refused"):
        keep(gone, 5, MARKER, AUTHOR, "text")


def report_of(dialogues: int, reply: str) -> str:
    block = f"<details><summary>x</summary>\n\n````diff\n- {reply}\n```\n</details>\n````\n\n</details>\n\n"
    return "## Many differ\n\n" + block * dialogues


@pytest.mark.parametrize("reply", ["a" * 3_000, "\U0001f642" * 700, "ä" * 65_000])
def test_a_long_report_is_cut_where_nothing_is_open(reply: str) -> None:
    text = body(MARKER, report_of(100, reply), LINK)

    cut = text.split("\n\nThe rest does not fit into a comment.\n\n")[0]
    assert size(text) <= MOST
    assert cut.endswith(("</details>", "## Many differ"))
    assert len(re.findall("^<details>", cut, re.MULTILINE)) * 2 == len(re.findall("^</details>", cut, re.MULTILINE))
    assert text.endswith(f"]({LINK})</sub>\n")


def test_a_report_that_fits_is_whole() -> None:
    footer = size(body(MARKER, "", LINK))
    longest = "a" * (MOST - footer)

    assert size(body(MARKER, longest, LINK)) == MOST
    assert longest in body(MARKER, longest, LINK)
    assert "does not fit" in body(MARKER, longest + "a", LINK)


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "event.json").write_text(json.dumps({"pull_request": {"number": 5}}))
    (tmp_path / "report.md").write_text("## 1 dialogue: nothing differs\n")
    return {
        "ACTION_COMMENT_AUTHOR": AUTHOR,
        "ACTION_COMMENT_KEY": "dialogs",
        "ACTION_REPORT": str(tmp_path / "report.md"),
        "ACTION_TOKEN": "ghs_canary",
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
        "GITHUB_REPOSITORY": "acme/shop",
        "GITHUB_RUN_ID": "77",
        "GITHUB_SERVER_URL": "https://github.example",
    }


def test_the_comment_holds_the_report_and_a_link_to_the_run(environ: dict[str, str]) -> None:
    comments = Comments()
    with serve(comments) as server:
        assert main({**environ, "GITHUB_API_URL": server.origin}) == 0

    footer = f"<sub>[The run, with the whole report]({LINK})</sub>"
    assert comments.texts == [f"{MARKER}\n## 1 dialogue: nothing differs\n\n{footer}\n"]


def test_a_refusal_is_a_warning_on_one_line(environ: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    with serve(lambda _request: answer({"message": "no\n::error::100%"}, 403)) as server:
        assert main({**environ, "GITHUB_API_URL": server.origin}) == 0

    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("::warning title=dialogs: no comment::GitHub says 403, no%0A::error::100%25; wanted")


@pytest.mark.parametrize("key", ["", "a-->b", "a\nb"])
def test_a_key_that_could_end_the_marker_is_refused(environ: dict[str, str], key: str) -> None:
    assert main({**environ, "ACTION_COMMENT_KEY": key}) == 2
