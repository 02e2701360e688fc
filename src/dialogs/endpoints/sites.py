"""From a model's configuration and the environment to the site that answers for it.

An empty environment variable counts as unset.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from dialogs.configuration import EndpointKind, ModelConfiguration
from dialogs.endpoints.keys import Key, header_safe, read_key
from dialogs.endpoints.proxies import proxy_for
from dialogs.endpoints.urls import BaseUrl, parse_base_url
from dialogs.errors import MissingKeyError, WrongUseError

_OPENAI_URL: Final = "https://api.openai.com/v1"
_OPENAI_DOMAIN: Final = ".openai.com"
_AZURE_DOMAINS: Final = (".azure.com", ".azure.us", ".azure.cn")
_PATH_IN_RESOURCE: Final = re.compile(r"(?<=[^/])/openai(/.*)?$")


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """The paths of the certificate that shows a server who asks, and of its key; `owner` names the model of both."""

    path: str
    key_path: str | None = None
    owner: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Site:
    """Where requests go, with which key and headers, for how long. The models of equal sites share a client.

    `key_name` is what people know the key by, also where there is none; `headers` go with every request; `stream` says
    that replies are asked for token by token.
    """

    base: BaseUrl
    key: Key | None
    key_name: str
    timeout_s: float
    organization: str | None = None
    project: str | None = None
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    proxy: str | None = field(default=None, repr=False)
    api_version: str | None = None
    stream: bool = False
    certificate: ClientCertificate | None = None

    def sends(self, header: str) -> bool:
        """Say whether a header goes with every request."""
        return any(name.lower() == header.lower() for name, _value in self.headers)


def setting(environ: Mapping[str, str], name: str) -> str | None:
    """Return an environment variable's value without white space around it; None where it is empty or unset."""
    return environ.get(name, "").strip() or None


def configured_kind(environ: Mapping[str, str]) -> EndpointKind | None:
    """Return the kind of endpoint that the environment configures, if any; OpenAI's goes before Azure's."""
    if setting(environ, "OPENAI_API_KEY") or setting(environ, "OPENAI_BASE_URL"):
        return "openai"
    return "azure" if setting(environ, "AZURE_OPENAI_ENDPOINT") else None


def address_of(model: ModelConfiguration, environ: Mapping[str, str]) -> str | None:
    """Return the base URL that a model is asked at; None where it answers in this machine, or that is not known."""
    if model.kind == "openai":
        return model.base_url or setting(environ, "OPENAI_BASE_URL") or _OPENAI_URL
    return model.base_url or setting(environ, "AZURE_OPENAI_ENDPOINT") if model.kind == "azure" else None


def site_of(model: ModelConfiguration, environ: Mapping[str, str], timeout_s: float) -> Site:
    """Return the site of an OpenAI-compatible or Azure model.

    The environment's own key goes only where it belongs: to OpenAI, to OPENAI_BASE_URL, to Azure. A model with a
    `base_url` elsewhere gets the key that its `key_env` names, or none.

    Raises:
        MissingKeyError: the endpoint needs a key, and there is none.
        WrongUseError: a URL, a key or a header cannot be used.
    """
    site = _azure_site(model, environ, timeout_s) if model.kind == "azure" else _openai_site(model, environ, timeout_s)
    for line in environ.get("OPENAI_CUSTOM_HEADERS", "").split("\n"):  # which the official client reads by itself
        header_safe(line.strip(), "OPENAI_CUSTOM_HEADERS")
    headers = tuple((name, header_safe(value, f"{model.name}: header {name}")) for name, value in model.headers.items())
    return replace(
        site,
        headers=_authorization(site) + headers,
        proxy=proxy_for(site.base, environ),
        certificate=_certificate(model, site.base),
    )


def _certificate(model: ModelConfiguration, base: BaseUrl) -> ClientCertificate | None:
    if model.client_cert is None:
        return None
    if base.scheme != "https":
        raise WrongUseError(f"{model.name}: client_cert at {base.address}; wanted a base_url with https")
    return ClientCertificate(model.client_cert, model.client_key, model.name)


def _openai_site(model: ModelConfiguration, environ: Mapping[str, str], timeout_s: float) -> Site:
    of_environment = setting(environ, "OPENAI_BASE_URL")
    base = _base_url(model, of_environment or _OPENAI_URL, "OPENAI_BASE_URL")
    is_openai = base.host.endswith(_OPENAI_DOMAIN)
    variable = "OPENAI_API_KEY" if is_openai or _is_same_host(base, of_environment) else None
    variable = model.key_env or variable
    key = read_key(environ, variable) if variable else None
    if key is None and (is_openai or model.key_env):
        raise _missing_key(model, base, f"{variable} is not set; set it, or play on the embedded model: -m embedded")
    return Site(
        base=base,
        key=key,
        key_name=variable or f"the key: key_env of {model.name} names no variable",
        timeout_s=timeout_s,
        organization=model.organization or _header(environ, "OPENAI_ORG_ID"),
        project=model.project or _header(environ, "OPENAI_PROJECT_ID"),
    )


def _azure_site(model: ModelConfiguration, environ: Mapping[str, str], timeout_s: float) -> Site:
    of_environment = setting(environ, "AZURE_OPENAI_ENDPOINT")
    if not model.base_url and not of_environment:
        raise WrongUseError(f"{model.name}: Azure's endpoint is not known; set AZURE_OPENAI_ENDPOINT, or its base_url")
    base = _base_url(model, of_environment or "", "AZURE_OPENAI_ENDPOINT")
    base = replace(base, address=_PATH_IN_RESOURCE.sub("", base.address))
    is_azure = base.host.endswith(_AZURE_DOMAINS) or _is_same_host(base, of_environment)
    variable = model.key_env or "AZURE_OPENAI_API_KEY"
    key = read_key(environ, variable) if model.key_env or is_azure else None
    if key is None and (model.key_env or not is_azure):
        problem = f"{variable} is not set" if model.key_env else "no key_env names its variable"
        raise _missing_key(model, base, problem)
    return Site(
        base=base,
        key=key,
        key_name=variable,
        timeout_s=timeout_s,
        api_version=model.api_version or setting(environ, "OPENAI_API_VERSION"),
    )


def _base_url(model: ModelConfiguration, otherwise: str, variable: str) -> BaseUrl:
    if model.base_url:
        return parse_base_url(model.base_url, f"{model.place or model.name}: base_url")
    return parse_base_url(otherwise, variable)


def _is_same_host(base: BaseUrl, url: str | None) -> bool:
    return url is not None and parse_base_url(url, "the environment's endpoint").authority == base.authority


def _missing_key(model: ModelConfiguration, base: BaseUrl, problem: str) -> MissingKeyError:
    return MissingKeyError(f"{model.name}: {base.address} needs a key, and {problem}")


def _header(environ: Mapping[str, str], variable: str) -> str | None:
    value = setting(environ, variable)
    return header_safe(value, variable) if value else None


def _authorization(site: Site) -> tuple[tuple[str, str], ...]:
    """Make the header of a base URL's user information."""
    if site.base.user is None:
        return ()
    if site.key is not None:
        raise WrongUseError(
            f"{site.base.address}: its base URL holds user information and {site.key.variable} a key; "
            "only one of them can be sent"
        )
    credentials = f"{site.base.user}:{site.base.password}".encode()
    return (("Authorization", f"Basic {base64.b64encode(credentials).decode()}"),)
