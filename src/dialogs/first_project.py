"""The files of a first project: their paths and texts, and nothing that has to be asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_SCENARIO: Final = """\
# yaml-language-server: $schema=../.dialogs/scenario.schema.json
description: Asks about a return, then refers back to it
tags: [smoke]
system: You are the support agent of a shop that sells lamps. Lamps can be returned within 30 days, with the receipt.
params: {max_completion_tokens: 60}
turns:
  - When can I return a lamp?
  - user: And what do I have to bring?       # makes sense only with the first question and its reply
    expect:
      - not_contains: As an AI
"""
_CONFIGURATION: Final = """\
# yaml-language-server: $schema=.dialogs/config.schema.json
# What all scenarios beside and below this file share. Every key is optional.

concurrency: 8

# model: gpt-4o-mini                # for scenarios that name none; -m goes before it

# models:                           # names for -m and for scenarios
#   local: {base_url: "http://127.0.0.1:8080/v1"}
#   ours: {base_url: "https://llm.example.com/v1", model: support-2, key_env: OUR_KEY}

# judge: gpt-4o                     # judges expectations that are a rubric
"""
_WORKFLOW: Final = """\
# Plays the scenarios of every pull request, and compares them with the accepted baseline.
name: dialogs
on:
  pull_request:
  workflow_dispatch:
permissions:
  contents: read
concurrency:
  group: dialogs-${{{{ github.ref }}}}
  cancel-in-progress: true
jobs:
  dialogs:
    name: Play the conversations
    runs-on: ubuntu-latest
    timeout-minutes: 30
    steps:
      - uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0
        with:
          persist-credentials: false
      - uses: actions/setup-python@e797f83bcb11b83ae66e0230d6156d7c80228e7c # v6.0.0
        with:
          python-version: "3.12"
      - run: pip install "dialogs-cli=={version}"
      - name: Play
        run: |
          if [ -f baselines/main.jsonl ]; then set -- --baseline baselines/main.jsonl; fi
          dialogs run scenarios -o outputs/candidate.jsonl --markdown outputs/report.md --html outputs/report.html "$@"
        env:
          OPENAI_API_KEY: ${{{{ secrets.OPENAI_API_KEY }}}} # and OPENAI_BASE_URL, for a server of your own
      - name: Report
        if: ${{{{ !cancelled() && hashFiles('outputs/report.md') != '' }}}}
        run: |
          cat outputs/report.md >> "$GITHUB_STEP_SUMMARY"
          if [ -f baselines/main.jsonl ]; then
            dialogs diff baselines/main.jsonl outputs/candidate.jsonl --format github || test $? -eq 1
          fi
      - uses: actions/upload-artifact@330a01c490aca151604b8cf639adc76d48f6c5d4 # v5.0.0
        if: ${{{{ !cancelled() }}}}
        with:
          name: transcripts
          path: outputs/
"""
_ATTRIBUTES: Final = "*.jsonl diff=dialogs\n*.jsonl.zst diff=dialogs\n"
_IGNORED: Final = "*\n!.gitignore\n"
TEXTCONV: Final = "git config diff.dialogs.textconv 'dialogs show --textconv'"


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file of a project: its path, with slashes, its text, and what it is for."""

    path: str
    text: str
    purpose: str


def project_files(*, version: str, scenario_schema: str, configuration_schema: str) -> Iterator[NewFile]:
    """Give the files of a first project; the workflow installs this `version`."""
    yield NewFile("scenarios/first.yaml", _SCENARIO, "a scenario to begin with")
    yield NewFile("dialogs.yaml", _CONFIGURATION, "what all scenarios share: models, defaults")
    yield NewFile(".dialogs/scenario.schema.json", scenario_schema, "lets editors complete and check scenarios")
    yield NewFile(".dialogs/config.schema.json", configuration_schema, "the same for dialogs.yaml")
    yield NewFile(".github/workflows/dialogs.yml", _WORKFLOW.format(version=version), "plays and compares in CI")
    yield NewFile("baselines/.gitattributes", _ATTRIBUTES, "lets git show baselines as text")
    yield NewFile("outputs/.gitignore", _IGNORED, "keeps what runs write out of git")
