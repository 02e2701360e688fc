from typing import Any

import pytest

from dialogs.configuration import ModelConfiguration
from dialogs.endpoints.keys import Key
from dialogs.endpoints.sites import Site, configured_kind, site_of
from dialogs.errors import MissingKeyError, WrongUseError

OPENAI, AZURE = Key("OPENAI_API_KEY", "sk-1"), Key("AZURE_OPENAI_API_KEY", "az-1")
KEYS = {"OPENAI_API_KEY": "sk-1", "AZURE_OPENAI_API_KEY": "az-1", "OTHER_KEY": "other-1"}


def site(environ: dict[str, str], **model: Any) -> Site:  # noqa: ANN401 - a model's fields
    return site_of(ModelConfiguration("m", **model), environ, 5.0)


@pytest.mark.parametrize(
    ("environ", "kind"),
    [
        ({}, None),
        ({"OPENAI_API_KEY": " ", "OPENAI_BASE_URL": "", "AZURE_OPENAI_ENDPOINT": ""}, None),
        ({"AZURE_OPENAI_API_KEY": "az"}, None),
        ({"OPENAI_API_KEY": "sk"}, "openai"),
        ({"OPENAI_BASE_URL": "http://h"}, "openai"),
        ({"AZURE_OPENAI_ENDPOINT": "https://h"}, "azure"),
        ({"AZURE_OPENAI_ENDPOINT": "https://h", "OPENAI_API_KEY": "sk"}, "openai"),
    ],
)
def test_the_environment_configures_an_endpoint_or_none(environ: dict[str, str], kind: str | None) -> None:
    assert configured_kind(environ) == kind


@pytest.mark.parametrize(
    ("environ", "address"),
    [
        ({}, "https://api.openai.com/v1"),
        ({"OPENAI_BASE_URL": ""}, "https://api.openai.com/v1"),
        ({"OPENAI_BASE_URL": "http://localhost:8000/v1/"}, "http://localhost:8000/v1"),
    ],
)
def test_asks_at_the_base_url_of_the_environment_or_openais(environ: dict[str, str], address: str) -> None:
    assert site({**KEYS, **environ}).base.address == address


@pytest.mark.parametrize(
    ("environ", "model", "key"),
    [
        ({}, {}, OPENAI),
        ({"OPENAI_BASE_URL": "http://here/v1"}, {}, OPENAI),
        ({}, {"base_url": "https://eu.api.openai.com/v1"}, OPENAI),
        ({"OPENAI_BASE_URL": "http://here/v1"}, {"base_url": "http://here/v2"}, OPENAI),
        ({}, {"base_url": "https://elsewhere.example/v1"}, None),
        ({"OPENAI_BASE_URL": "http://here/v1"}, {"base_url": "http://here:8000/v1"}, None),
        ({}, {"base_url": "https://elsewhere.example/v1", "key_env": "OTHER_KEY"}, Key("OTHER_KEY", "other-1")),
        ({}, {"key_env": "OTHER_KEY"}, Key("OTHER_KEY", "other-1")),
        ({"AZURE_OPENAI_ENDPOINT": "https://gateway.example"}, {"kind": "azure"}, AZURE),
        ({}, {"kind": "azure", "base_url": "https://x.openai.azure.com"}, AZURE),
    ],
)
def test_a_key_goes_only_where_it_belongs(environ: dict[str, str], model: dict[str, Any], key: Key | None) -> None:
    assert site({**KEYS, **environ}, **model).key == key


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (
            {},
            "m: https://api.openai.com/v1 needs a key, and OPENAI_API_KEY is not set; set it, or play on the embedded",
        ),
        ({"base_url": "http://h/v1", "key_env": "H_KEY"}, "m: http://h/v1 needs a key, and H_KEY is not set"),
        ({"kind": "azure", "base_url": "https://h", "key_env": "H_KEY"}, "m: https://h needs a key, and H_KEY is not"),
        ({"kind": "azure", "base_url": "https://h"}, "m: https://h needs a key, and no key_env names its variable"),
    ],
)
def test_a_missing_key_is_named(model: dict[str, Any], message: str) -> None:
    with pytest.raises(MissingKeyError) as caught:
        site({}, **model)

    assert str(caught.value).startswith(message)


def test_a_server_of_ones_own_needs_no_key() -> None:
    assert site({"OPENAI_BASE_URL": "http://localhost:8000/v1"}).key is None


@pytest.mark.parametrize(
    ("environ", "model", "message"),
    [
        ({}, {"kind": "azure"}, "m: Azure's endpoint is not known; set AZURE_OPENAI_ENDPOINT, or its base_url"),
        ({"OPENAI_BASE_URL": "http://me:canary@h/v1", **KEYS}, {}, "http://h/v1: its base URL holds user information"),
        ({}, {"base_url": "h/v1"}, "m: base_url is no http or https URL"),
        (KEYS, {"headers": {"X-Team": "röd"}}, "m: header X-Team: character 2 of 3 is U+00F6"),
        ({**KEYS, "OPENAI_CUSTOM_HEADERS": "X-A: 1\nX-B: ö"}, {}, "OPENAI_CUSTOM_HEADERS: character 6 of 6 is U+00F6"),
        ({**KEYS, "OPENAI_ORG_ID": "org\x00"}, {}, "OPENAI_ORG_ID: character 4 of 4 is U+0000"),
    ],
)
def test_refuses_what_cannot_be_used(environ: dict[str, str], model: dict[str, Any], message: str) -> None:
    with pytest.raises(WrongUseError) as caught:
        site(environ, **model)

    assert str(caught.value).startswith(message)
    assert "canary" not in str(caught.value)


def test_equal_settings_make_equal_sites_that_show_no_secret() -> None:
    environ = {"OPENAI_BASE_URL": "http://me:canary-word@h/v1", "HTTP_PROXY": "http://me:canary-word@p"}

    assert site(environ) == site(environ)
    assert "canary" not in repr(site(environ))
