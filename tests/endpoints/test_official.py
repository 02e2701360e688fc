import os
import subprocess
import sys
from pathlib import Path

import pytest

OURS = "from dialogs.endpoints import official"


def printed(code: str, **environ: str) -> str:
    """Run Python code in a process of its own, and return what it prints."""
    paths = [path for path in (environ.pop("path", ""), *sys.path) if path]
    environ |= {"PYTHONPATH": os.pathsep.join(paths)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, **environ}
    )
    return done.stdout.strip()


def test_the_classes_of_answers_are_not_imported() -> None:
    code = f"{OURS}; import sys; print('openai.types.chat' in sys.modules, 'openai' in sys.modules)"
    assert printed(code) == "False False"


@pytest.mark.parametrize("order", [f"{OURS}; import openai", f"import openai; {OURS}"])
def test_whoever_imports_openai_gets_all_of_it_and_the_same_client(order: str) -> None:
    code = (
        f"{order}; print(openai.AsyncOpenAI is official.AsyncOpenAI, openai.omit is official.omit, "
        "issubclass(openai.NotFoundError, official.APIStatusError), openai.types.chat.ChatCompletion.__name__)"
    )
    assert printed(code) == "True True True ChatCompletion"


def test_a_log_that_is_asked_of_the_official_client_is_set_up() -> None:
    code = f"{OURS}; import logging; print(logging.getLogger('openai').level == logging.DEBUG)"
    assert printed(code, OPENAI_LOG="debug") == "True"


@pytest.mark.parametrize("client", [None, "", "from openai import missing"])
def test_a_version_with_other_modules_is_imported_whole(client: str | None, tmp_path: Path) -> None:
    package = tmp_path / "openai"
    package.mkdir()
    (package / "__init__.py").write_text("APIStatusError = AsyncOpenAI = Omit = OpenAIError = omit = 1")
    (package / "_exceptions.py").write_text("")
    if client is not None:
        (package / "_client.py").write_text(client)

    assert printed(f"{OURS}; print(official.AsyncOpenAI)", path=str(tmp_path)) == "1"
