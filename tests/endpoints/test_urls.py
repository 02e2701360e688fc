import pytest

from dialogs.endpoints.urls import BaseUrl, parse_base_url
from dialogs.errors import WrongUseError


@pytest.mark.parametrize(
    ("text", "base"),
    [
        ("https://api.openai.com/v1", BaseUrl("https://api.openai.com/v1", "api.openai.com")),
        (" HTTPS://API.OpenAI.com:443/v1/ ", BaseUrl("https://api.openai.com/v1", "api.openai.com")),
        ("http://localhost:80", BaseUrl("http://localhost", "localhost")),
        ("http://localhost:443/", BaseUrl("http://localhost:443", "localhost")),
        ("http://[::1]:8080/v1", BaseUrl("http://[::1]:8080/v1", "::1")),
        ("https://h/v1?code=x", BaseUrl("https://h/v1", "h", "code=x")),
        ("https://me:pass%3Aword@h/v1", BaseUrl("https://h/v1", "h", "", "me", "pass:word")),
        ("https://me@h/v1", BaseUrl("https://h/v1", "h", user="me")),
        ("https://h/Path/V1", BaseUrl("https://h/Path/V1", "h")),
    ],
)
def test_takes_a_base_url_apart(text: str, base: BaseUrl) -> None:
    assert parse_base_url(text, "OPENAI_BASE_URL") == base


def test_shows_no_secrets() -> None:
    assert repr(parse_base_url("https://me:canary@h/v1?code=canary", "OPENAI_BASE_URL")) == (
        "BaseUrl(address='https://h/v1', host='h')"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("localhost:8000/v1", "is no http or https URL; wanted one like https://api.openai.com/v1"),
        ("ftp://h/v1", "is no http or https URL"),
        ("https:///v1", "is no http or https URL"),
        ("https://h:port/v1", "is no URL: "),
        ("https://[h/v1", "is no URL: "),
        ("https://h/v 1", "is no http or https URL"),
        ("https://h/\x1bv1", "is no http or https URL"),
        ("https://h/v1/chat/completions", "ends with /chat/completions; wanted the part before it"),
    ],
)
def test_refuses_what_is_no_base_url(text: str, message: str) -> None:
    with pytest.raises(WrongUseError) as caught:
        parse_base_url(text, "OPENAI_BASE_URL")

    assert str(caught.value).startswith(f"OPENAI_BASE_URL {message}")
