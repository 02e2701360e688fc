import asyncio
from pathlib import Path

import pytest

from dialogs.configuration import Configuration, ModelConfiguration
from dialogs.endpoints.openai import OpenAIEndpoint
from dialogs.endpoints.opening import open_endpoints, resolve_default_model
from dialogs.errors import MissingKeyError, WrongUseError
from servers import in_order, models, serve, unused_port

OURS = Configuration(
    path=Path("dialogs.yaml"),
    models={
        "ours": ModelConfiguration("ours", model="llama-3", base_url="http://ours.example/v1", concurrency=2),
        "theirs": ModelConfiguration("theirs", base_url="http://theirs.example/v1"),
    },
)


def default_model(configuration: Configuration, environ: dict[str, str]) -> tuple[str, list[str]]:
    notices: list[str] = []
    return resolve_default_model(configuration, environ, notice=notices.append), notices


def test_the_default_model_is_the_configurations() -> None:
    assert default_model(Configuration(default_model="ours"), {"OPENAI_API_KEY": "sk"}) == ("ours", [])


def test_without_any_endpoint_it_is_the_embedded_model_and_that_is_said() -> None:
    assert default_model(Configuration(), {"OPENAI_API_KEY": "", "OPENAI_BASE_URL": " "}) == (
        "embedded",
        ["no model is named and no endpoint is configured: playing on the embedded model"],
    )


def test_where_an_endpoint_is_configured_a_model_must_be_named_and_the_offered_ones_are() -> None:
    with (
        serve(in_order(models(*(f"m{number:02}" for number in range(25))))) as server,
        pytest.raises(WrongUseError) as caught,
    ):
        default_model(Configuration(), {"OPENAI_BASE_URL": server.base_url})

    shown = ", ".join(f"m{number:02}" for number in range(20))
    assert str(caught.value) == (
        "no model is named; name one with -m, as model in the scenario or as model in dialogs.yaml; "
        f"{server.base_url} offers {shown} and 5 more"
    )


def test_an_endpoint_that_cannot_be_asked_for_its_models_is_said_so() -> None:
    address = f"http://127.0.0.1:{unused_port()}/v1"
    with pytest.raises(WrongUseError) as caught:
        default_model(Configuration(), {"OPENAI_BASE_URL": address})

    assert f"{address} could not be asked for its models: no connection: Connection refused" in str(caught.value)


def test_the_configurations_models_are_offered_too() -> None:
    with pytest.raises(WrongUseError) as caught:
        default_model(OURS, {})

    assert str(caught.value).endswith("; dialogs.yaml has ours, theirs")


def opened(names: list[str], environ: dict[str, str]) -> list[tuple[str, str, int | None]]:
    """Open endpoints; return the wire name, identity and limit of each."""

    async def main() -> list[tuple[str, str, int | None]]:
        endpoints = open_endpoints(names, OURS, environ, concurrency=4)
        assert list(endpoints) == names
        for endpoint in endpoints.values():
            await endpoint.close()
        return [(endpoint.model, endpoint.identity, endpoint.concurrency) for endpoint in endpoints.values()]

    return asyncio.run(main())


def test_a_name_is_a_configured_model_or_one_of_the_environments_endpoint() -> None:
    assert opened(["ours", "gpt-4o"], {"OPENAI_API_KEY": "sk-1"}) == [
        ("llama-3", "http://ours.example/v1", 2),
        ("gpt-4o", "https://api.openai.com/v1", None),
    ]


def test_the_environments_endpoint_may_be_azures() -> None:
    environ = {"AZURE_OPENAI_ENDPOINT": "https://x.openai.azure.com", "AZURE_OPENAI_API_KEY": "az-1"}

    assert opened(["gpt-4o"], environ) == [("gpt-4o", "https://x.openai.azure.com/openai/v1", None)]


def test_a_model_without_a_key_never_falls_back() -> None:
    with pytest.raises(MissingKeyError, match="OPENAI_API_KEY is not set"):
        opened(["ours", "gpt-4o"], {})


@pytest.mark.parametrize(
    ("flag_s", "model_s", "configuration_s", "expected_s"),
    [(1.0, 2.0, 3.0, 1.0), (None, 2.0, 3.0, 2.0), (None, None, 3.0, 3.0), (None, None, None, 600.0)],
)
def test_the_nearest_deadline_counts(
    flag_s: float | None, model_s: float | None, configuration_s: float | None, expected_s: float
) -> None:
    model = ModelConfiguration("m", base_url="http://h", timeout_s=model_s)
    configuration = Configuration(models={"m": model}, timeout_s=configuration_s)
    endpoint = open_endpoints(["m"], configuration, {}, concurrency=1, timeout_s=flag_s)["m"]

    assert isinstance(endpoint, OpenAIEndpoint)
    assert endpoint.timeout_s == expected_s
    asyncio.run(endpoint.close())
