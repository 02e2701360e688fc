import pytest

from dialogs.endpoints.proxies import proxy_for
from dialogs.endpoints.urls import parse_base_url
from dialogs.errors import WrongUseError

PROXY = "http://proxy.example:3128"


@pytest.mark.parametrize(
    ("base_url", "environ", "proxy"),
    [
        ("https://h/v1", {}, None),
        ("https://h/v1", {"HTTPS_PROXY": PROXY}, PROXY),
        ("https://h/v1", {"https_proxy": PROXY, "HTTPS_PROXY": "http://other"}, PROXY),
        ("https://h/v1", {"https_proxy": "", "HTTPS_PROXY": PROXY}, PROXY),
        ("https://h/v1", {"HTTP_PROXY": PROXY}, None),
        ("http://h/v1", {"HTTP_PROXY": PROXY}, PROXY),
        ("http://h/v1", {"ALL_PROXY": PROXY}, PROXY),
        ("http://h/v1", {"HTTP_PROXY": "proxy.example:3128"}, PROXY),
        ("http://h/v1", {"HTTP_PROXY": "http://me:word@p"}, "http://me:word@p"),
    ],
)
def test_finds_the_proxy_for_a_scheme(base_url: str, environ: dict[str, str], proxy: str | None) -> None:
    assert proxy_for(parse_base_url(base_url, "x"), environ) == proxy


@pytest.mark.parametrize(
    ("base_url", "exceptions", "is_excepted"),
    [
        ("http://api.example/v1", "", False),
        ("http://api.example/v1", "*", True),
        ("http://api.example/v1", "other, API.example", True),
        ("http://api.example/v1", "example", True),
        ("http://api.example/v1", ".example", True),
        ("http://api.example/v1", "*.example", True),
        ("http://api.example/v1", "pi.example", False),
        ("http://api.example:8000/v1", "api.example:8000", True),
        ("http://api.example:8000/v1", "api.example:9000", False),
        ("http://10.1.2.3/v1", "10.0.0.0/8", True),
        ("http://11.1.2.3/v1", "10.0.0.0/8", False),
        ("http://[::1]:8000/v1", "::1", True),
    ],
)
def test_no_proxy_excepts_hosts(base_url: str, exceptions: str, is_excepted: bool) -> None:  # noqa: FBT001 - a column
    found = proxy_for(parse_base_url(base_url, "x"), {"HTTP_PROXY": PROXY, "NO_PROXY": exceptions})

    assert (found is None) == is_excepted


@pytest.mark.parametrize("value", ["socks5://me:canary@p:1080", "http://", "http://p:port"])
def test_refuses_what_is_no_http_proxy_without_showing_it(value: str) -> None:
    with pytest.raises(WrongUseError) as caught:
        proxy_for(parse_base_url("http://h", "x"), {"ALL_PROXY": value})

    assert str(caught.value) == "ALL_PROXY names no HTTP proxy; wanted one like http://proxy.example:3128"
