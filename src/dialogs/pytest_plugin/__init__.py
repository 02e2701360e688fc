"""The plugin for pytest: scenario files among the tests, each dialogue an item; and the fixture `dialogs`.

pytest loads this module at every start, so it imports nothing of ours until there is a scenario file.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from dialogs.pytest_plugin.collecting import ScenarioFile
    from dialogs.pytest_plugin.fixture import Dialogs
    from dialogs.pytest_plugin.playing import Plays

_SUFFIXES = (".yaml", ".yml")
_CONFIGURATION = "dialogs.yaml"
_PLAYS: "pytest.StashKey[Plays]" = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, each of which has a setting in the configuration file too."""
    group = parser.getgroup("dialogs", "scripted LLM conversations")
    group.addoption(
        "--dialogs-model", action="append", metavar="NAME", help="Play on this model, not on the scenarios' own."
    )
    group.addoption("--dialogs-endpoint", metavar="MODULE:NAME", help="Play on a Python function of one's own.")
    group.addoption("--dialogs-baseline", metavar="FILE", help="Compare with these transcripts; a change is a failure.")
    group.addoption(
        "--dialogs-record",
        action="store_true",
        default=None,
        help="Ask for what the cassettes beside the scenario files lack, and add it to them.",
    )
    parser.addini(
        "dialogs_files", "Names of scenario files, as globs.", "args", default=["*.dialog.yaml", "*.dialog.yml"]
    )
    parser.addini("dialogs_model", "Play on these models, not on the scenarios' own.", "args", default=[])
    parser.addini("dialogs_endpoint", "Play on a Python function: MODULE:NAME.", "string", default="")
    parser.addini("dialogs_baseline", "Compare with these transcripts.", "string", default="")
    parser.addini("dialogs_record", "Ask for what the cassettes lack, and add it to them.", "bool", default=False)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "ScenarioFile | None":
    """Collect what is a scenario file by its name."""
    if file_path.suffix not in _SUFFIXES or file_path.name == _CONFIGURATION:
        return None
    if not any(file_path.match(glob) for glob in parent.config.getini("dialogs_files")):
        return None
    from dialogs.pytest_plugin.collecting import ScenarioFile  # noqa: PLC0415 - slow to import, see above

    try:
        plays = _plays(parent.config)
    except pytest.UsageError as error:  # which pytest would show with the stack of its collection
        raise parent.CollectError(str(error)) from None
    return ScenarioFile.from_parent(parent, path=file_path, plays=plays)


def _plays(config: pytest.Config) -> "Plays":
    if _PLAYS not in config.stash:
        from dialogs.pytest_plugin.playing import Plays  # noqa: PLC0415 - slow to import, see above
        from dialogs.pytest_plugin.settings import settings_of  # noqa: PLC0415

        config.stash[_PLAYS] = Plays(settings_of(config))
    return config.stash[_PLAYS]


@pytest.fixture
def dialogs(request: pytest.FixtureRequest) -> "Dialogs":
    """Play scenarios from a test: `dialogs.play("refund.yaml", answer)` fails where a dialogue does.

    Paths are relative to the test's file. Without an endpoint, the options --dialogs-model and --dialogs-endpoint say
    what is played on.
    """
    from dialogs.pytest_plugin.fixture import Dialogs  # noqa: PLC0415 - slow to import, see above

    return Dialogs(request.path.parent, _plays(request.config).settings)


def pytest_terminal_summary(terminalreporter: "pytest.TerminalReporter") -> None:
    """Say what was played, and where the replies came from."""
    reports = [each for key in ("passed", "failed") for each in terminalreporter.getreports(key)]
    played = [dict(report.user_properties) for report in reports if report.when == "call"]
    sources = [str(properties["dialogs_source"]) for properties in played if "dialogs_source" in properties]
    if sources:
        taken = sources.count("cassette")
        words = f"; {taken} of them from cassettes" if taken else ""
        terminalreporter.write_line(f"dialogs: {len(sources)} played{words}")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Close the baseline."""
    if _PLAYS in config.stash:
        config.stash[_PLAYS].close()
