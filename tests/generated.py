"""Parts of documents that are made from the code, between `<!-- NAME -->` and `<!-- end -->`.

DIALOGS_UPDATE_GOLDENS=1 writes them anew.
"""

import os
import re
from pathlib import Path


def generated(path: Path, name: str, wanted: str) -> str:
    """Return what a document has in this part, after writing `wanted` to it where that is asked for."""
    part = re.compile(rf"(<!-- {name} -->\n)(.*?)(<!-- end -->)", re.DOTALL)
    text = path.read_text(encoding="utf-8")
    if os.environ.get("DIALOGS_UPDATE_GOLDENS"):
        text = part.sub(lambda found: f"{found[1]}{wanted}{found[3]}", text)
        path.write_text(text, encoding="utf-8")
    found = part.search(text)
    assert found is not None, f"{path} has no part {name}"
    return found[2]
