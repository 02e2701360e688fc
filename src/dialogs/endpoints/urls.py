"""Base URLs: checked, normalised, and parted from what may be secret in them."""

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

from dialogs.errors import WrongUseError

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_PATH_OF_US: Final = "/chat/completions"


@dataclass(frozen=True, slots=True)
class BaseUrl:
    """Where an endpoint is. `address` is origin and path, for everyone to see, without a slash at its end."""

    address: str
    host: str
    query: str = field(default="", repr=False)
    user: str | None = field(default=None, repr=False)
    password: str = field(default="", repr=False)

    @property
    def scheme(self) -> str:
        """The protocol: http or https."""
        return self.address.partition(":")[0]

    @property
    def authority(self) -> str:
        """Host, and port where it is not the scheme's own."""
        return self.address.split("/")[2]

    def to(self, path: str) -> str:
        """Return the URL of a resource below this one."""
        return self.address + path


def parse_base_url(text: str, where: str) -> BaseUrl:
    """Take a base URL apart; `where` says in messages where it stands.

    Raises:
        WrongUseError: it is no http or https URL, or not that of an API's base.
    """
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise WrongUseError(f"{where} is no URL: {error}; wanted one like https://api.openai.com/v1") from None
    if parts.scheme not in _DEFAULT_PORTS or not host or not text.strip().isprintable() or " " in text.strip():
        raise WrongUseError(f"{where} is no http or https URL; wanted one like https://api.openai.com/v1")
    path = parts.path.rstrip("/")
    if path.endswith(_PATH_OF_US):
        raise WrongUseError(
            f"{where} ends with {_PATH_OF_US}; wanted the part before it, which {_PATH_OF_US} is added to"
        )
    return BaseUrl(
        address=f"{parts.scheme}://{_authority(host, port, parts.scheme)}{path}",
        host=host,
        query=parts.query,
        user=_decoded(parts.username),
        password=_decoded(parts.password) or "",
    )


def _authority(host: str, port: int | None, scheme: str) -> str:
    bracketed = f"[{host}]" if ":" in host else host
    return bracketed if port in {None, _DEFAULT_PORTS[scheme]} else f"{bracketed}:{port}"


def _decoded(part: str | None) -> str | None:
    return None if part is None else unquote(part)
