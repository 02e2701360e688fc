"""Imports point one way. The table says what each part of the package may import from the others."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import dialogs

ROOT = Path(dialogs.__file__).parent

CORE = {
    "content",
    "encoding",
    "errors",
    "record",
    "chat",
    "scenario",
    "model_text",
    "completion_records",
    "arm_records",
    "transcript",
    "templating",
    "media",
    "variables",
    "captures",
    "tool_calling",
    "expecting",
    "selection",
    "expansion",
    "expectation_kinds",
    "labels",
    "expectation_records",
    "expectations",
    "patterns",
    "sameness",
    "schemas",
    "replies",
    "tally",
}
ALLOWED: dict[str, set[str]] = {
    "__init__": {"api", "chat", "compare", "errors", "scenario", "transcript", "transcript_files"},
    "__main__": {"cli"},
    "encoding": set(),
    "errors": set(),
    "clock": set(),
    "patterns": {"encoding"},
    "schemas": {"encoding", "patterns"},
    "model_text": set(),
    "sameness": set(),
    "labels": set(),
    "record": {"encoding"},
    "chat": {"encoding", "media"},
    "scenario": {"encoding", "errors"},
    "content": {"chat", "encoding", "media", "scenario"},
    "templating": {"encoding"},
    "configuration": {"encoding", "errors"},
    "completion_records": {"encoding", "record", "chat"},
    "expectation_kinds": set(),
    "expectation_records": {"encoding", "expectation_kinds", "record"},
    "arm_records": {"encoding", "record", "completion_records", "expectation_records"},
    "transcript": {"encoding", "record", "chat", "completion_records", "expectation_records", "arm_records"},
    "expectations": {
        "chat",
        "encoding",
        "expectation_kinds",
        "expectation_records",
        "patterns",
        "scenario",
        "schemas",
        "transcript",
    },
    "expansion": {"configuration", "encoding", "scenario", "selection", "sharding"},
    "selection": {"errors", "scenario", "sharding"},
    "sharding": {"encoding", "errors"},
    "merging": {"errors", "sharding", "transcript"},
    "parts": {"encoding", "errors", "expansion", "scenario", "sharding"},
    "first_project": set(),
    "format_schemas": {"encoding", "expectation_kinds", "loading", "transcript"},
    "judging": {"chat", "encoding", "expectations", "expecting", "talk"},
    "grading": CORE | {"playing", "resuming", "talk"},
    "replies": {"chat"},
    "tally": {"chat", "transcript"},
    "resuming": {"chat", "content", "encoding", "errors", "expectations", "scenario", "talk", "transcript"},
    "compare": CORE,
    "verifying": {"chat", "transcript"},
    "reports": CORE | {"compare", "configuration", "journal", "opened_files", "planning", "forecast"},
    "transcript_wire": {"chat", "completion_records", "expectation_records", "transcript"},
    "transcript_files": {"encoding", "errors", "opened_files", "transcript", "transcript_wire"},
    "loading": {
        "configuration",
        "encoding",
        "errors",
        "expectation_kinds",
        "opened_files",
        "patterns",
        "redaction",
        "scenario",
        "schemas",
        "templating",
    },
    "formats": CORE | {"loading"},
    "import_files": {"errors", "formats", "journal", "loading", "opened_files", "transcript", "transcript_files"},
    "importing": {"encoding", "errors", "formats", "import_files", "loading", "scenario"},
    "redaction": {"chat", "configuration", "encoding", "errors", "scenario"},
    "prices": {"chat", "configuration", "transcript"},
    "forecast": {"configuration", "content", "encoding", "expectations", "scenario"},
    "journal": {"chat", "clock", "encoding", "errors", "opened_files", "record", "redaction", "transcript"},
    "endpoints": {
        "chat",
        "clock",
        "configuration",
        "encoding",
        "errors",
        "expectations",
        "journal",
        "prices",
        "record",
        "redaction",
    },
    "coordination": {"chat", "clock", "endpoints", "running", "sharding", "tally"},
    "workers": CORE | {"clock", "coordination", "endpoints", "journal", "parts", "replaying", "sharding"},
    "traced_messages": {"chat", "encoding", "media", "tool_calling"},
    "tracing": {"chat", "encoding", "traced_messages", "transcript"},
    "exporting_spans": {"errors"},
    "talk": CORE | {"chat", "content", "encoding", "replies", "scenario", "transcript"},
    "media": {"encoding"},
    "variables": {"encoding", "scenario", "templating"},
    "captures": {"chat", "encoding", "expectations", "patterns", "scenario"},
    "tool_calling": {"chat", "encoding", "expectations", "patterns", "scenario", "schemas", "variables"},
    "expecting": {"expectation_kinds", "expectations", "scenario", "transcript", "variables"},
    "playing": {"chat", "clock", "expectations", "expecting", "judging", "scenario", "talk", "transcript"},
    "running": {"chat", "playing", "scenario", "transcript"},
    "accepting": CORE | {"compare"},
    "baseline_lock": set(),
    "opened_files": {"zstandard"},
    "zstandard": set(),
    "whole_files": {"errors", "opened_files"},
    "arms": CORE
    | {"clock", "compare", "indexed_transcripts", "judging", "playing", "talk", "tool_calling", "verifying"},
    "indexed_transcripts": {"compare", "encoding", "errors", "opened_files", "transcript", "transcript_files"},
    "same_lines": {"transcript"},
    "kept_transcripts": {
        "indexed_transcripts",
        "journal",
        "resuming",
        "scenario",
        "transcript",
        "transcript_files",
    },
    "quick_pairs": {"compare", "encoding", "transcript", "transcript_wire"},
    "comparing": {"compare", "indexed_transcripts", "quick_pairs", "same_lines", "sameness", "transcript"},
    "replaying": CORE
    | {
        "arms",
        "clock",
        "endpoints",
        "journal",
        "judging",
        "playing",
        "running",
        "transcript_files",
        "configuration",
        "prices",
    },
    "chatting": {"chat", "encoding", "errors", "model_text", "replies", "tool_calling"},
}
ALLOWED["asking_in_batches"] = {"chat", "configuration", "endpoints", "journal", "running"}
ALLOWED["replaying"] |= {"asking_in_batches"}
ALLOWED["spending"] = {"configuration", "endpoints", "errors", "prices", "replaying"}
ALLOWED["judge_endpoints"] = {
    "configuration",
    "endpoints",
    "errors",
    "expectations",
    "journal",
    "replaying",
    "scenario",
}
ALLOWED["cluster"] = set(ALLOWED) - {"__main__", "cli", "formats", "format_schemas", "importing"}
ALLOWED["api"] = set(ALLOWED) - {"__init__", "__main__", "cli", "cluster", "formats", "format_schemas", "importing"}
ALLOWED["pytest_plugin"] = set(ALLOWED) - {"__init__", "__main__", "cli", "cluster"}
ALLOWED["cli"] = set(ALLOWED) - {"pytest_plugin"} - {"__main__"}


def part(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "dialogs":
            inside = node.module.split(".")[1:]
            names |= {inside[0]} if inside else {alias.name for alias in node.names}
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("dialogs.")}
    return {name if (ROOT / name).is_dir() or (ROOT / f"{name}.py").exists() else "__init__" for name in names}


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_what_the_table_allows(path: Path) -> None:
    assert imported(path) - {part(path)} <= ALLOWED[part(path)]


@pytest.mark.parametrize("heavy", ["openai", "aiohttp", "pydantic", "rich", "orjson", "yaml", "jinja2", "jsonschema"])
def test_the_command_line_starts_without_what_is_slow_to_import(heavy: str) -> None:
    code = f"import dialogs.cli.app, sys; print({heavy!r} in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout == "False\n"


@pytest.mark.parametrize("rare", ["dialogs.compare", "dialogs.arms.player", "dialogs.forecast", "openai", "tqdm"])
def test_a_run_starts_without_what_few_runs_need(rare: str) -> None:
    code = f"import dialogs.cli.launching, sys; print({rare!r} in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout == "False\n"


def test_the_package_itself_imports_nothing_of_its_own_and_of_others() -> None:
    code = "import typing, sys; before = set(sys.modules); import dialogs; print(sorted(set(sys.modules) - before))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout == "['dialogs']\n"


@pytest.mark.parametrize("heavy", ["openai", "typer", "aiohttp", "pydantic"])
def test_a_program_that_plays_on_its_own_function_imports_no_client(heavy: str) -> None:
    code = f"import dialogs, sys; dialogs.play, dialogs.report; print({heavy!r} in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout == "False\n"


def test_each_public_name_is_there() -> None:
    assert [name for name in dialogs.__all__ if not hasattr(dialogs, name)] == []


def test_a_name_that_is_not_public_is_none_of_the_package() -> None:
    assert not hasattr(dialogs, "nothing")
    assert set(dialogs.__all__) < set(dir(dialogs))
