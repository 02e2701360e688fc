"""Keeps one comment in a pull request: makes it, or finds it by a marker that nobody sees and writes it anew.

What it lacks the right for, or GitHub refuses, is a warning: a comment is no reason to fail a job.
"""

import http.client
import json
import os
import re
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

# GitHub refuses a longer comment; a character beyond the basic plane may count as two.
MOST = 65_536
_PER_PAGE = 100
_MOST_PAGES = 100
_TRIES = 3
_LONGEST_WAIT_S = 30.0
_TIMEOUT_S = 30.0
_BUSY = {429, 500, 502, 503, 504}
_KEY = re.compile(r"[A-Za-z0-9._-]{1,60}")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")


class CommentError(Exception):
    """Why there is no comment; the message is for the workflow's author."""


def size(text: str) -> int:
    """Count a text as GitHub may."""
    return len(text) + sum(character > "\uffff" for character in text)


def body(marker: str, report: str, link: str, *, most: int = MOST) -> str:
    """Write the comment's text in at most `most` characters, cut where no block is open."""
    footer = f"\n\n<sub>[The run, with the whole report]({link})</sub>\n"
    room = most - size(marker) - 1 - size(footer)
    if size(report) > room:
        hint = "\n\nThe rest does not fit into a comment."
        report = _beginning(report, room - size(hint)).rstrip() + hint
    return f"{marker}\n{report.rstrip()}{footer}"


def _beginning(report: str, room: int) -> str:
    """Return as many lines as there is room for, up to one where no fence and no `details` is open."""
    fence = ""
    depth = taken = good = 0
    for line in report.splitlines(keepends=True):
        room -= size(line)
        if room < 0:
            break
        taken += len(line)
        if found := _FENCE.match(line):
            if not fence:
                fence = found[1]
            elif found[1].startswith(fence) and line.strip() == found[1]:
                fence = ""
        elif not fence:
            depth += line.count("<details>") - line.count("</details>")
        if not fence and not depth:
            good = taken
    return report[:good]


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows none: the token is for one host alone."""

    def redirect_request(self, *_: object) -> None:
        return None


@dataclass(frozen=True, slots=True)
class GitHub:
    """The part of GitHub's REST API that one comment needs.

    https://docs.github.com/rest/issues/comments
    """

    api: str
    repository: str
    token: str
    sleep: Callable[[float], None] = time.sleep

    def comment_of(self, number: int, marker: str, author: str) -> int | None:
        """Return the id of the author's comment that begins with the marker."""
        for page in range(1, _MOST_PAGES + 1):
            comments = self._ask("GET", f"issues/{number}/comments?per_page={_PER_PAGE}&page={page}")
            for comment in comments:
                is_ours = ((comment.get("user") or {}).get("login") or "").lower() == author.lower()
                if is_ours and (comment.get("body") or "").startswith(marker):
                    return int(comment["id"])
            if len(comments) < _PER_PAGE:
                break
        return None

    def create(self, number: int, text: str) -> str:
        """Write a new comment; return its address."""
        return str(self._ask("POST", f"issues/{number}/comments", text).get("html_url", ""))

    def update(self, comment: int, text: str) -> str:
        """Write a comment anew; return its address."""
        return str(self._ask("PATCH", f"issues/comments/{comment}", text).get("html_url", ""))

    def _ask(self, method: str, path: str, text: str | None = None) -> Any:  # noqa: ANN401 - what JSON holds
        # Asked twice, a POST could make two comments, unless it was refused for coming too soon.
        again = {429} if method == "POST" else _BUSY
        for attempt in range(1, _TRIES + 1):
            try:
                return self._once(method, path, text)
            except urllib.error.HTTPError as error:
                if error.code not in again or attempt == _TRIES:
                    raise CommentError(_refusal(error)) from None
                wait_s = _wait_s(error.headers.get("retry-after"), attempt)
            except (OSError, http.client.HTTPException, ValueError) as error:
                if method == "POST" or attempt == _TRIES:
                    raise CommentError(f"{self.api}: {getattr(error, 'reason', error)}") from None
                wait_s = float(attempt)
            self.sleep(wait_s)
        raise AssertionError("the last try returns or raises")

    def _once(self, method: str, path: str, text: str | None) -> Any:  # noqa: ANN401 - what JSON holds
        request = urllib.request.Request(  # noqa: S310 - the address is the runner's own
            f"{self.api}/repos/{self.repository}/{path}",
            data=None if text is None else json.dumps({"body": text}).encode(),
            method=method,
            headers={
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
                "User-Agent": "dialogs",
                "X-GitHub-Api-Version": "2022-11-28",
            },
        )
        answer: IO[bytes]
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=_TIMEOUT_S) as answer:
            return json.load(answer)


def _wait_s(wanted: str | None, attempt: int) -> float:
    return min(float(wanted), _LONGEST_WAIT_S) if wanted and wanted.isdecimal() else float(attempt)


def _refusal(error: urllib.error.HTTPError) -> str:
    try:
        said = str(json.loads(error.read(10_000))["message"])
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        said = str(error.reason)
    hint = ""
    if error.code in {401, 403, 404}:
        hint = (
            "; wanted a token that may write comments: `permissions:` with `pull-requests: write`. "
            "In a fork's pull request there is none; the report is in the job's summary."
        )
    return f"GitHub says {error.code}, {said}{hint}"


def keep(github: GitHub, number: int, marker: str, author: str, text: str) -> str:
    """Write the comment of this marker, new or anew; return its address.

    Raises:
        CommentError: GitHub cannot be reached, or refuses.
    """
    comment = github.comment_of(number, marker, author)
    return github.create(number, text) if comment is None else github.update(comment, text)


def say(level: str, text: str) -> None:
    """Print an annotation; its text can issue no other command."""
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    print(f"::{level} title=dialogs: no comment::{escaped}", flush=True)


def main(environ: Mapping[str, str]) -> int:
    """Keep the comment of the pull request that the event is about; 2 where an input cannot be."""
    key = environ["ACTION_COMMENT_KEY"]
    if not _KEY.fullmatch(key):
        say("error", f"comment-key: found {key!r}; wanted letters, digits, dots, underscores and hyphens")
        return 2
    event = json.loads(Path(environ["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
    number = event.get("pull_request", {}).get("number")
    if number is None:
        print("No comment: this is no pull request.")
        return 0
    marker = f"<!-- dialogs: {key} -->"
    link = f"{environ['GITHUB_SERVER_URL']}/{environ['GITHUB_REPOSITORY']}/actions/runs/{environ['GITHUB_RUN_ID']}"
    report = Path(environ["ACTION_REPORT"]).read_text(encoding="utf-8")
    github = GitHub(environ["GITHUB_API_URL"], environ["GITHUB_REPOSITORY"], environ["ACTION_TOKEN"])
    try:
        print(keep(github, number, marker, environ["ACTION_COMMENT_AUTHOR"], body(marker, report, link)))
    except CommentError as error:
        say("warning", str(error))
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ))
