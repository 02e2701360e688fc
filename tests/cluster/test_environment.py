import pytest

from dialogs.cluster.environment import adopt, needed
from dialogs.configuration import Configuration, ModelConfiguration

ENVIRON = {
    "OPENAI_API_KEY": "sk-1",
    "OPENAI_BASE_URL": "http://127.0.0.1/v1",
    "AZURE_OPENAI_API_KEY": "az-1",
    "AWS_SECRET_ACCESS_KEY": "aws-1",
    "TOGETHER_KEY": "t-1",
    "HTTPS_PROXY": "http://proxy",
    "HOME": "/root",
    "DATABASE_PASSWORD": "secret",
}
MODELS = {
    "together": ModelConfiguration("together", base_url="https://t/v1", key_env="TOGETHER_KEY"),
    "azure": ModelConfiguration("azure", kind="azure"),
    "own": ModelConfiguration("own", kind="embedded"),
}


@pytest.mark.parametrize(
    ("models", "folder", "names"),
    [
        (["gpt-4o"], "/shared/parts", {"OPENAI_API_KEY", "OPENAI_BASE_URL", "HTTPS_PROXY"}),
        (["own"], "/shared/parts", {"HTTPS_PROXY"}),
        (["own"], "s3://bucket/parts", {"HTTPS_PROXY", "AWS_SECRET_ACCESS_KEY"}),
        (["azure"], "/shared/parts", {"AZURE_OPENAI_API_KEY", "HTTPS_PROXY"}),
        (["together"], "gs://b/p", {"OPENAI_API_KEY", "OPENAI_BASE_URL", "TOGETHER_KEY", "HTTPS_PROXY"}),
    ],
)
def test_only_what_a_run_needs_travels(models: list[str], folder: str, names: set[str]) -> None:
    assert set(needed(ENVIRON, models, Configuration(models=MODELS), folder)) == names


def test_variables_that_hold_declared_secrets_travel() -> None:
    assert "DATABASE_PASSWORD" in needed(ENVIRON, [], Configuration(secrets=("DATABASE_PASSWORD",)), "/shared")


def test_what_a_node_has_by_itself_leads_no_request_elsewhere() -> None:
    node = {
        "OPENAI_BASE_URL": "http://elsewhere/v1",
        "HTTP_PROXY": "http://other",
        "HOME": "/home/ray",
        "SSL_CERT_FILE": "x",
    }
    adopt({"OPENAI_API_KEY": "sk-1"}, node)

    assert node == {"OPENAI_API_KEY": "sk-1", "HOME": "/home/ray", "SSL_CERT_FILE": "x"}
