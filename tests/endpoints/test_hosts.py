"""Proxies and certificates."""

import ssl
from pathlib import Path

import pytest

from asking import ask
from dialogs.chat import Billing, ChatReply, Fault, FaultKind
from servers import Wire, completion, head, in_order, serve, unused_port

CERTIFICATE = Path(__file__).parent / "tls" / "server.pem"  # self-signed, for 127.0.0.1, beside its key
OUTSIDE = "http://api.example:8000/v1"


def server_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE, CERTIFICATE.with_suffix(".key"))
    return context


def test_goes_through_the_proxy_that_the_environment_names() -> None:
    with serve(in_order(completion())) as proxy:
        reply = ask(OUTSIDE, HTTP_PROXY=proxy.origin)
        (received,) = proxy.requests

    assert isinstance(reply, ChatReply)
    assert (received.target, received.headers["host"]) == (f"{OUTSIDE}/chat/completions", "api.example:8000")


def test_sends_the_proxys_user_information_and_never_shows_it() -> None:
    with serve(in_order(Wire(head(407, length=0)))) as proxy:
        fault = ask(OUTSIDE, HTTP_PROXY=f"http://me:proxy-word@127.0.0.1:{proxy.port}")
        (received,) = proxy.requests

    assert received.headers["proxy-authorization"] == "Basic bWU6cHJveHktd29yZA=="
    assert isinstance(fault, Fault)
    assert fault.message == f"407 from {OUTSIDE}"


def test_asks_the_proxy_for_a_tunnel_to_a_https_endpoint() -> None:
    with serve(in_order(Wire(head(403, length=0)))) as proxy:
        fault = ask("https://api.example/v1", HTTPS_PROXY=f"http://me:proxy-word@127.0.0.1:{proxy.port}")
        (received,) = proxy.requests

    assert (received.method, received.target) == ("CONNECT", "api.example:443")
    assert "authorization" not in received.headers
    assert received.headers["proxy-authorization"] == "Basic bWU6cHJveHktd29yZA=="
    assert isinstance(fault, Fault)
    assert fault.message == "https://api.example/v1: the proxy answered 403"
    assert (fault.kind, fault.billing, fault.retryable) == (FaultKind.CONNECTION, Billing.NO, False)


def test_no_proxy_makes_an_exception() -> None:
    with serve(in_order(completion())) as server:
        proxy = f"http://127.0.0.1:{unused_port()}"
        reply = ask(server.base_url, HTTP_PROXY=proxy, NO_PROXY="localhost,127.0.0.1")

    assert isinstance(reply, ChatReply)


def test_a_proxy_that_is_not_there_is_named_as_the_cause() -> None:
    fault = ask(OUTSIDE, HTTP_PROXY=f"http://127.0.0.1:{unused_port()}")

    assert isinstance(fault, Fault)
    assert fault.message == f"{OUTSIDE}: no connection to the proxy: Connection refused"
    assert (fault.billing, fault.retryable) == (Billing.NO, True)


def test_trusts_the_certificates_in_ssl_cert_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    with serve(in_order(completion("safe")), tls=server_context()) as server:
        reply = ask(server.base_url)

    assert isinstance(reply, ChatReply)
    assert reply.message["content"] == "safe"


def test_trusts_no_other_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with serve(in_order(completion()), tls=server_context()) as server:
        fault = ask(server.base_url)

    assert isinstance(fault, Fault)
    assert "the server's certificate is not trusted: self-signed certificate; SSL_CERT_FILE names" in fault.message
    assert (fault.billing, fault.retryable, server.requests) == (Billing.NO, False, [])
