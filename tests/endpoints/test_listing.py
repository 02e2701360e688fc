import pytest

from dialogs.endpoints.listing import Offer, list_models
from servers import Wire, answer, error, in_order, models, serve


def test_lists_the_models_of_the_environments_endpoint() -> None:
    with serve(in_order(models("small", "\x1b[1mlarge"))) as server:
        offer = list_models({"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-1"})
        (received,) = server.requests

    assert offer == Offer(server.base_url, ("\\u001b[1mlarge", "small"))
    assert (received.method, received.target) == ("GET", "/v1/models")
    assert received.headers["authorization"] == "Bearer sk-1"


@pytest.mark.parametrize(
    ("wire", "problem"),
    [
        (error(404, "no such page"), "it answered 404"),
        (answer("<html>"), "its answer is no list of models"),
        (answer({"data": [{"name": "m"}]}), "its answer is no list of models"),
        (Wire(30.0), "no whole answer within 0.2 s"),
    ],
)
def test_says_why_models_are_not_known(wire: Wire, problem: str) -> None:
    with serve(in_order(wire)) as server:
        offer = list_models({"OPENAI_BASE_URL": server.base_url}, timeout_s=0.2)

    assert offer == Offer(server.base_url, problem=problem)


def test_azure_lists_no_deployments() -> None:
    offer = list_models({"AZURE_OPENAI_ENDPOINT": "https://x.openai.azure.com/", "AZURE_OPENAI_API_KEY": "az-1"})

    assert offer == Offer("https://x.openai.azure.com", problem="Azure does not list the deployments of a resource")


def test_without_an_endpoint_there_is_nothing_to_ask() -> None:
    assert list_models({"OPENAI_API_KEY": ""}) is None
