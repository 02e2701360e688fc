"""Plays a dialogue against its baseline, as a run with --baseline does."""

import asyncio
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from dialogs.arms.baselines import Baselines
from dialogs.arms.plan import Plan
from dialogs.arms.player import ArmsPlayer
from dialogs.chat import ChatRequest
from dialogs.clock import SystemClock
from dialogs.endpoints.scripted import Script, ScriptedEndpoint
from dialogs.scenario import Dialogue
from dialogs.tally import Tally
from dialogs.transcript import Transcript
from dialogs.transcript_files import write_transcripts


def play_against(
    talk: Dialogue, script: Script, baselines: Sequence[Transcript] = (), **plan: object
) -> tuple[Transcript, list[ChatRequest]]:
    """Return the transcript, and the requests that were sent; `plan` is what a Plan takes."""
    endpoint = ScriptedEndpoint(script)
    with TemporaryDirectory() as folder:
        path = Path(folder, "baseline.jsonl")
        write_transcripts(path, baselines)
        with closing(Baselines(path, ["scripted"])) as index:
            arms = Plan(index if baselines else None, **plan)  # type: ignore[arg-type]
            player = ArmsPlayer({"scripted": endpoint}, SystemClock(), Tally(), plan=arms)
            return asyncio.run(player.play(talk)), endpoint.requests
