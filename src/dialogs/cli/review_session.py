"""Carries out `dialogs review`: serves the page until Ctrl-C, and says what was accepted."""

import asyncio
import os
import signal
import sys
import webbrowser
from pathlib import Path
from typing import Final

from dialogs.cli.choosing import Wish
from dialogs.cli.output import write_lines
from dialogs.cli.review_desk import Decision, Desk
from dialogs.cli.review_server import ReviewServer
from dialogs.errors import WrongUseError
from dialogs.reports.summary import count
from dialogs.reports.terminal import harmless_line

_ENDING: Final = (signal.SIGINT, signal.SIGTERM)


def review_in_browser(candidate: Path, baseline: Path, wish: Wish, *, host: str, port: int, opens: bool) -> None:
    """Serve the review of two files until a signal ends it.

    Raises:
        WrongUseError: the files cannot be what they are to be, or nothing can listen there.
        NothingSelectedError: the candidate holds no dialogue.
        IncompleteError: the baseline's folder cannot be used, or an `accept` is at work in it.
    """
    if str(candidate) == "-":
        raise WrongUseError("a review reads its files again and again, so the candidate cannot be standard input")
    server = ReviewServer(lambda: Desk(candidate, baseline, wish), host, port=port)
    asyncio.run(_serve(server, opens=opens))
    _report(server.desk, baseline)


async def _serve(server: ReviewServer, *, opens: bool) -> None:
    ended = asyncio.Event()
    runner = await server.start()
    loop = asyncio.get_running_loop()
    for number in _ENDING:
        loop.add_signal_handler(number, ended.set)
    try:
        _say(f"reviewing {count(len(server.desk.choices), 'dialogue')}: {server.url}")
        _say("Ctrl-C ends the review; what is accepted is in the baseline already")
        if opens:
            loop.run_in_executor(None, _open, server.url)
        await ended.wait()
    finally:
        for number in _ENDING:
            loop.remove_signal_handler(number)
        await runner.cleanup()


def _open(url: str) -> None:
    """Open the browser, but none that would take this terminal."""
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return
    takes_terminal = type(browser) is webbrowser.GenericBrowser and "BROWSER" not in os.environ
    if not takes_terminal:
        browser.open(url)


def _report(desk: Desk, baseline: Path) -> None:
    write_lines([harmless_line(f"{verb} {name}") for verb, name in desk.done()])
    accepted, skipped = desk.count(Decision.ACCEPTED), desk.count(Decision.SKIPPED)
    left = sum(choice.verb is not None for choice in desk.choices) - accepted - skipped
    _say(f"{baseline}: {count(accepted, 'dialogue')} accepted, {skipped:,} skipped, {left:,} left")
    desk.close()


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
