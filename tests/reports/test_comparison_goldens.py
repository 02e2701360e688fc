"""Each report of a comparison that has something of everything, whole. DIALOGS_UPDATE_GOLDENS=1 writes them anew."""

import pytest

from comparisons import EVERYTHING, FILES
from dialogs.compare import FAILING
from dialogs.reports.comparison_github import comparison_github
from dialogs.reports.comparison_json import comparison_json
from dialogs.reports.comparison_junit import comparison_junit
from dialogs.reports.comparison_markdown import comparison_markdown
from dialogs.reports.comparison_text import comparison_parts
from dialogs.reports.screen import page
from dialogs.reports.terminal import Terminal
from goldens import golden

REPORTS = {
    **{
        f"text-{width}.txt": page(comparison_parts(EVERYTHING, accept=FILES.accept), Terminal(width))
        for width in (60, 80, 120)
    },
    "colour.txt": page(comparison_parts(EVERYTHING, accept=FILES.accept), Terminal(100, colour=True)),
    "markdown.md": comparison_markdown(EVERYTHING, FILES),
    "comparison.json": "".join(f"{line}\n" for line in comparison_json(EVERYTHING)),
    "junit.xml": comparison_junit(EVERYTHING, FILES, FAILING),
    "github.txt": "".join(f"{line}\n" for line in comparison_github(EVERYTHING, FILES, FAILING)),
}


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_as_it_was_last_read(name: str) -> None:
    assert golden(f"reports/{name}", REPORTS[name]) == REPORTS[name]
