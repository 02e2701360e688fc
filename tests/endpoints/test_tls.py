"""Client certificates, at servers that ask for them."""

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from builders import request
from dialogs.chat import Answer, Billing, ChatReply, Fault, FaultKind
from dialogs.configuration import Configuration, ModelConfiguration
from dialogs.endpoints.opening import open_endpoints
from dialogs.errors import WrongUseError
from servers import completion, in_order, serve

CERTIFICATE = Path(__file__).parent / "tls" / "server.pem"  # self-signed, for 127.0.0.1; here of both sides
KEY = CERTIFICATE.with_suffix(".key")


@pytest.fixture(autouse=True)
def _trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))


def asking_context(*, trusting: Path | None = CERTIFICATE) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE, KEY)
    context.verify_mode = ssl.CERT_REQUIRED
    if trusting:
        context.load_verify_locations(trusting)
    return context


def ask(base_url: str, certificate: Path | None = None, key: Path | None = None) -> Answer:
    async def main() -> Answer:
        model = ModelConfiguration(
            "m",
            base_url=base_url,
            client_cert=str(certificate) if certificate else None,
            client_key=str(key) if key else None,
        )
        endpoint = open_endpoints(["m"], Configuration(models={"m": model}), {}, concurrency=1, timeout_s=5)["m"]
        try:
            return await endpoint.complete(request("Hi"))
        finally:
            await endpoint.close()

    return asyncio.run(main())


def together(folder: Path) -> Path:
    """Write a certificate and its key into one file."""
    both = folder / "both.pem"
    both.write_text(CERTIFICATE.read_text() + KEY.read_text())
    return both


@contextlib.contextmanager
def refusing(context: ssl.SSLContext) -> Iterator[str]:
    """Serve one handshake that fails, and say why, as servers do and asyncio's do not."""

    def handshake() -> None:
        connection, _ = listening.accept()
        wrapped = context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        with contextlib.suppress(OSError):
            wrapped.do_handshake()
        with socket.socket(fileno=wrapped.detach()) as raw, contextlib.suppress(OSError):
            # What the client had sent already is read: a close before that would be a reset, and take the reason along.
            raw.shutdown(socket.SHUT_WR)
            raw.settimeout(10)
            while raw.recv(1 << 16):
                pass

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=handshake)
        thread.start()
        yield f"https://127.0.0.1:{listening.getsockname()[1]}/v1"
        thread.join(10)


def test_a_certificate_is_shown_to_a_server_that_asks_for_one() -> None:
    with serve(in_order(completion("known")), tls=asking_context()) as server:
        reply = ask(server.base_url, CERTIFICATE, KEY)

    assert isinstance(reply, ChatReply)
    assert reply.message["content"] == "known"


def test_the_key_may_stand_beside_the_certificate(tmp_path: Path) -> None:
    with serve(in_order(completion()), tls=asking_context()) as server:
        assert isinstance(ask(server.base_url, together(tmp_path)), ChatReply)


def test_a_server_that_asks_for_a_certificate_in_vain_ends_the_run() -> None:
    with refusing(asking_context()) as url:
        fault = ask(url)

    assert isinstance(fault, Fault)
    assert fault.message == (
        f"{url}: the server wants to know who asks; client_cert in dialogs.yaml names a certificate for it"
    )
    assert (fault.kind, fault.billing, fault.retryable) == (FaultKind.AUTHENTICATION, Billing.NO, False)
    assert fault.stops_endpoint


def test_a_certificate_that_the_server_does_not_know_ends_the_run() -> None:
    with refusing(asking_context(trusting=None)) as url:
        fault = ask(url, CERTIFICATE, KEY)

    assert isinstance(fault, Fault)
    assert fault.message == f"{url}: the server does not accept the client's certificate"
    assert fault.stops_endpoint


def test_files_that_are_no_certificate_are_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "words.pem").write_text("no certificate")
    cases = {
        (tmp_path / "missing.pem", None): "No such file or directory",
        (tmp_path / "words.pem", None): "wanted a certificate and its key, in PEM",
        (CERTIFICATE, None): "wanted a certificate and its key, in PEM",
        (CERTIFICATE, KEY.with_name("encrypted.key")): "the key is encrypted; wanted one without a passphrase",
    }
    for (certificate, key), reason in cases.items():
        with pytest.raises(WrongUseError, match=f"^m: client_cert: .*{certificate.name}.*{reason}"):
            ask("https://127.0.0.1:1/v1", certificate, key)


def test_a_certificate_is_no_use_without_tls() -> None:
    with pytest.raises(WrongUseError, match=r"m: client_cert at http://127.0.0.1:1/v1; wanted a base_url with https"):
        ask("http://127.0.0.1:1/v1", CERTIFICATE, KEY)
