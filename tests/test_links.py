"""Every link of the documents leads somewhere, and they build into a site without a warning."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from documents import DOCS

ROOT = DOCS.parent
PAGES = sorted([*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
_FENCED = re.compile(r"^(`{3,}).*?^\1$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!!)\[[^\]\n]*(?:\n[^\]\n]*)?\]\(([^)\s]+)\)")


def prose(page: Path) -> str:
    """Return a page without its code."""
    return re.sub(r"`[^`\n]+`", "code", _FENCED.sub("", page.read_text(encoding="utf-8")))


def local_links(page: Path) -> list[str]:
    return [link for link in _LINK.findall(prose(page)) if not link.startswith(("https://", "http://"))]


def headings(page: Path) -> set[str]:
    """Name what the headings of a page can be linked by."""
    titles = re.findall(r"^#+ (.+)$", _FENCED.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).strip().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    targets = [(each, page.parent / each.partition("#")[0] if each[0] != "#" else page) for each in local_links(page)]

    assert [link for link, target in targets if not target.exists()] == []
    assert [link for link, target in targets if "#" in link and link.partition("#")[2] not in headings(target)] == []


def test_every_page_can_be_reached_from_the_index() -> None:
    reached, rest = set[Path](), [DOCS / "index.md"]
    while rest:
        page = rest.pop()
        if page not in reached and page.suffix == ".md":
            reached.add(page)
            rest += [(page.parent / link.partition("#")[0]).resolve() for link in local_links(page)]

    assert set(DOCS.rglob("*.md")) <= reached


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    program = shutil.which("properdocs", path=str(Path(sys.executable).parent))
    if program is None:
        pytest.skip("properdocs is not installed: make test brings it (pip install --group docs)")

    done = subprocess.run(
        [program, "build", "--strict", "--site-dir", str(tmp_path / "site")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, "WARNING" in done.stderr) == (0, False), done.stderr
    assert (tmp_path / "site/tutorial.html").is_file()
