"""Which proxy the environment wants for an endpoint."""

import ipaddress
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from dialogs.endpoints.urls import BaseUrl
from dialogs.errors import WrongUseError

_SCHEMES: Final = ("http", "https")


def proxy_for(base: BaseUrl, environ: Mapping[str, str]) -> str | None:
    """Return the proxy's URL by HTTPS_PROXY or HTTP_PROXY, else ALL_PROXY, unless NO_PROXY names the host.

    Lower-case names go before upper-case ones, and empty values count as unset. User information stays in the URL.

    Raises:
        WrongUseError: it is no HTTP proxy.
    """
    own = f"{base.scheme}_proxy"
    for name in (own, own.upper(), "all_proxy", "ALL_PROXY"):
        value = environ.get(name, "").strip()
        if value:
            return None if _is_excepted(base, environ) else _http_proxy(value, name)
    return None


def _is_excepted(base: BaseUrl, environ: Mapping[str, str]) -> bool:
    exceptions = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    return any(_covers(entry.strip().lower(), base) for entry in exceptions.split(",") if entry.strip())


def _covers(entry: str, base: BaseUrl) -> bool:
    """Say whether one entry of NO_PROXY covers a host: a name with all below it, with or without port, or a network."""
    if entry == "*" or entry in {base.authority, base.host}:
        return True
    suffix = "." + entry.removeprefix("*").removeprefix(".")
    if base.host.endswith(suffix) or base.authority.endswith(suffix):
        return True
    try:
        return ipaddress.ip_address(base.host) in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return False


def _http_proxy(value: str, name: str) -> str:
    url = value if "://" in value else f"http://{value}"
    try:
        parts = urlsplit(url)
        is_proxy = parts.scheme in _SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_proxy = False
    if not is_proxy:
        raise WrongUseError(f"{name} names no HTTP proxy; wanted one like http://proxy.example:3128")
    return url
