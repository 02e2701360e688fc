"""Where a real browser is, for the tests that drive one."""

import os
import shutil
from pathlib import Path

import pytest

MODULES = Path(__file__).parents[1] / ".peers" / "node_modules"
CHROMIUM = os.environ.get("DIALOGS_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
NODE = shutil.which("node")

needs_browser = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not (NODE and CHROMIUM and (MODULES / "playwright-core").exists() and (MODULES / "axe-core").exists()),
        reason="needs node, chromium and two npm packages: apt-get install chromium nodejs npm; bash .ci/peers",
    ),
]
