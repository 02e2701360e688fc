"""TLS: whom to trust, and what to show a server that asks who is there."""

import ssl
from typing import Final, NoReturn

import httpx2

from dialogs.endpoints.sites import ClientCertificate
from dialogs.errors import WrongUseError

# What a server's alert (RFC 8446, section 6.2) says of the client's certificate; OpenSSL's names for them.
_WANTED: Final = "CERTIFICATE_REQUIRED"
_REFUSED: Final = (
    "UNKNOWN_CA",
    "BAD_CERTIFICATE",
    "UNSUPPORTED_CERTIFICATE",
    "CERTIFICATE_REVOKED",
    "CERTIFICATE_EXPIRED",
    "CERTIFICATE_UNKNOWN",
)


def tls_context(certificate: ClientCertificate | None) -> ssl.SSLContext:
    """Trust what SSL_CERT_FILE holds, else the usual authorities, and show `certificate` where a server asks for one.

    Raises:
        WrongUseError: the certificate or its key cannot be used.
    """
    context = httpx2.create_ssl_context()
    if certificate is not None:
        try:
            context.load_cert_chain(certificate.path, certificate.key_path, password=_without_passphrase)
        except OSError as error:
            raise _unusable(certificate, error) from None
    return context


def _without_passphrase() -> NoReturn:
    # Without an answer OpenSSL would ask for it on the terminal, and wait.
    raise PermissionError("the key is encrypted; wanted one without a passphrase")


def _unusable(certificate: ClientCertificate, error: OSError) -> WrongUseError:
    paths = " and ".join(path for path in (certificate.path, certificate.key_path) if path)
    reason = error.strerror or str(error)
    if isinstance(error, ssl.SSLError):
        is_other = error.reason == "KEY_VALUES_MISMATCH"
        reason = "the key is another certificate's" if is_other else "wanted a certificate and its key, in PEM"
    return WrongUseError(f"{certificate.owner}: client_cert: {paths}: {reason}")


def refusal(error: Exception) -> str | None:
    """Say what a server holds against the client's certificate, if a connection broke for that."""
    text = str(error)
    if "ALERT" not in text:
        return None
    if _WANTED in text:
        return "the server wants to know who asks; client_cert in dialogs.yaml names a certificate for it"
    return "the server does not accept the client's certificate" if any(name in text for name in _REFUSED) else None
