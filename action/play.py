"""Runs `dialogs run` for the action, and gives GitHub what came of it: summary, annotations, outputs.

The inputs come by environment (ACTION_...), so that no text of theirs is ever read by a shell. It ends with 0 when the
exit code of `dialogs run` is known; the action's last step exits with that.
"""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

DIFFERS = 1
INCOMPLETE = 3
NONE = "none"
# What `dialogs run` and `dialogs diff` both take, with a value: the annotations are to say what the run's report says.
SHARED = ("--config", "--fail-on", "--metric", "--threshold", "--ignore", "--normalize")
# What the action gives by itself, and the input that it comes from.
OWN = {
    "--output": "output",
    "-o": "output",
    "--markdown": "output",
    "--html": "output",
    "--junit": "output",
    "--baseline": "baseline",
    "--against": "against",
}


class WrongInputError(Exception):
    """An input of the action that cannot be; the message is for its user."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the workflow asked for."""

    command: str
    paths: tuple[str, ...]
    baseline: str
    against: str
    choice: tuple[str, ...]
    fail_on: str
    flags: tuple[str, ...]
    output: Path


def inputs_of(environ: Mapping[str, str]) -> Inputs:
    """Take the inputs from the environment.

    Raises:
        WrongInputError: one of them cannot be.
    """
    if environ["ACTION_BASELINE"] and environ["ACTION_AGAINST"]:
        raise WrongInputError("baseline, against: only one of them can be compared with")
    if "\n" in environ["ACTION_OUTPUT"] or not environ["ACTION_OUTPUT"].endswith(".jsonl"):
        raise WrongInputError(f"output: wanted one file that ends in .jsonl, found {environ['ACTION_OUTPUT']!r}")
    try:
        flags = tuple(shlex.split(environ["ACTION_FLAGS"]))
    except ValueError as error:
        raise WrongInputError(f"flags: {error}; found {environ['ACTION_FLAGS']!r}") from None
    for flag in flags:
        if (given := OWN.get(flag.split("=", 1)[0])) is not None:
            raise WrongInputError(f"flags: {flag} is what the action gives by itself; wanted the input `{given}`")
    models = [word for name in _lines(environ["ACTION_MODEL"]) for word in ("--model", name)]
    endpoints = [word for name in _lines(environ["ACTION_ENDPOINT"]) for word in ("--endpoint", name)]
    return Inputs(
        command=environ["ACTION_COMMAND"],
        paths=_lines(environ["ACTION_PATHS"]),
        baseline=environ["ACTION_BASELINE"],
        against=environ["ACTION_AGAINST"],
        choice=(*models, *endpoints),
        fail_on=environ["ACTION_FAIL_ON"],
        flags=flags,
        output=Path(environ["ACTION_OUTPUT"]),
    )


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def comparing_flags(inputs: Inputs, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Say by flags of `dialogs run` what to compare with; without a word of the user's, a pull request's base.

    Raises:
        WrongInputError: the checkout does not have the base.
    """
    if inputs.baseline:
        return ("--baseline", inputs.baseline)
    if inputs.against:
        return () if inputs.against == NONE else ("--against", inputs.against)
    if (base := _base(environ)) is None:
        say("notice", "nothing to compare with: this is no pull request, and neither `baseline` nor `against` is given")
        return ()
    if not any(_is_in(base, path) for path in inputs.paths):
        say("notice", f"nothing to compare with: {base[:12]}, the base, has none of {', '.join(inputs.paths)}")
        return ()
    return ("--against", f"git:{base}")


def _base(environ: Mapping[str, str]) -> str | None:
    """Return the commit that the pull request would be merged into, as far as the checkout has it."""
    event = json.loads(Path(environ["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
    if "pull_request" not in event:
        return None
    named = event["pull_request"]["base"]["sha"]
    is_merge = environ.get("GITHUB_REF", "").endswith("/merge") and _git("rev-parse", "HEAD") == environ["GITHUB_SHA"]
    # The base that GitHub merged with may be newer than the one that the event names.
    found = _git("rev-parse", "--verify", "--quiet", "HEAD^1") if is_merge else _git("merge-base", named, "HEAD")
    if found:
        return found
    raise WrongInputError(
        f"this checkout does not have the base of the pull request ({named[:12]}); give actions/checkout "
        f"`fetch-depth: {'2' if is_merge else '0'}`, or name what to compare with: `baseline`, `against`"
    )


def _is_in(commit: str, path: str) -> bool:
    """Tell whether a commit has a path; a pattern is left to dialogs."""
    return any(character in path for character in "*?[") or bool(_git("ls-tree", "--name-only", commit, "--", path))


def _git(*arguments: str) -> str | None:
    """Return what git prints; None where it fails, for a reason that it says in the log."""
    command = ["git", *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def play(inputs: Inputs, comparing: tuple[str, ...]) -> int:
    """Run `dialogs run` with its reports beside the output; return its exit code."""
    for path in reports(inputs.output).values():
        path.unlink(missing_ok=True)
    files = [word for flag, path in reports(inputs.output).items() for word in (flag, str(path))]
    fail_on = ("--fail-on", inputs.fail_on) if inputs.fail_on else ()
    words = ("run", *inputs.choice, *comparing, *fail_on, *files, *inputs.flags)
    return _dialogs(inputs, *words, "--output", str(inputs.output), "--", *inputs.paths)


def reports(output: Path) -> dict[str, Path]:
    """Name the files that stand beside the output, by their flags."""
    return {
        "--markdown": output.with_suffix(".md"),
        "--html": output.with_suffix(".html"),
        "--junit": output.with_suffix(".xml"),
    }


def annotate(inputs: Inputs, comparing: tuple[str, ...]) -> None:
    """Print the annotations of the comparison, at the scenarios' lines."""
    baseline = inputs.baseline or str(inputs.output.with_suffix(".against.jsonl"))
    if comparing and Path(baseline).exists() and inputs.output.exists():
        fail_on = ("--fail-on", inputs.fail_on) if inputs.fail_on else ()
        words = ("diff", "--format", "github", *fail_on, *shared_flags(inputs.flags))
        _dialogs(inputs, *words, "--", baseline, str(inputs.output))


def shared_flags(flags: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of the further flags that a comparison takes too, with their values."""
    found: list[str] = []
    words = iter(flags)
    for word in words:
        if word in SHARED:
            found += (word, *islice(words, 1))
        elif word.startswith(tuple(f"{flag}=" for flag in SHARED)):
            found.append(word)
    return tuple(found)


def _dialogs(inputs: Inputs, *words: str) -> int:
    command = [inputs.command, *words]
    print(f"$ {shlex.join(command)}", file=sys.stderr, flush=True)
    return subprocess.run(command, check=False).returncode


def summarise(report: Path, code: int, environ: Mapping[str, str]) -> None:
    """Put the report into the job's summary; where dialogs wrote none, say so in its place."""
    if not report.exists():
        report.parent.mkdir(parents=True, exist_ok=True)
        what = "The conversations could not be played or compared"
        report.write_text(f"## {what} (exit code {code})\n\nThe log of the step says why.\n", encoding="utf-8")
    with Path(environ["GITHUB_STEP_SUMMARY"]).open("a", encoding="utf-8") as summary:
        summary.write(report.read_text(encoding="utf-8"))


def say(level: str, text: str) -> None:
    """Print an annotation; its text can issue no other command."""
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    print(f"::{level} title=dialogs::{escaped}", flush=True)


def main(environ: Mapping[str, str]) -> int:
    """Do what the inputs say; 2 where they cannot be."""
    try:
        inputs = inputs_of(environ)
        comparing = comparing_flags(inputs, environ)
    except WrongInputError as error:
        say("error", str(error))
        return 2
    code = play(inputs, comparing)
    if code in {0, DIFFERS, INCOMPLETE}:
        annotate(inputs, comparing)
    files = reports(inputs.output)
    summarise(files["--markdown"], code, environ)
    outputs = {
        "exit-code": code,
        "transcripts": inputs.output,
        "report": files["--markdown"],
        "page": files["--html"],
        "junit": files["--junit"],
    }
    with Path(environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as file:
        file.writelines(f"{name}={value}\n" for name, value in outputs.items())
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ))
