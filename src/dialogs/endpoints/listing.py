"""Which models the environment's endpoint offers."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from dialogs.configuration import ModelConfiguration
from dialogs.encoding import decode
from dialogs.endpoints.faults import NoAnswerError, one_line
from dialogs.endpoints.sites import Site, configured_kind, site_of
from dialogs.record import Record
from dialogs.redaction import Secret, secrets_of


@dataclass(frozen=True, slots=True)
class Offer:
    """The models of an endpoint, in alphabetical order, or why they are not known."""

    address: str
    models: tuple[str, ...] = ()
    problem: str | None = None


def list_models(environ: Mapping[str, str], *, timeout_s: float = 10.0) -> Offer | None:
    """Ask the endpoint that the environment configures for its models; None where it configures none.

    Raises:
        WrongUseError: what the environment says cannot be used.
    """
    kind = configured_kind(environ)
    if kind is None:
        return None
    site = site_of(ModelConfiguration("the environment's endpoint", kind), environ, timeout_s)
    if kind == "azure":
        return Offer(site.base.address, problem="Azure does not list the deployments of a resource")
    return asyncio.run(_ask(site, secrets_of((), environ)))


async def _ask(site: Site, secrets: tuple[Secret, ...]) -> Offer:
    from dialogs.endpoints.openai import open_client  # noqa: PLC0415 - openai is slow to import

    client = open_client(site, asyncio.Semaphore(), secrets)
    client.join()
    try:
        response = await client.get(site.base.to("/models"))
    except NoAnswerError as error:
        return Offer(site.base.address, problem=client.redactor.text(error.reason))
    finally:
        await client.leave()
    if not response.is_success:
        return Offer(site.base.address, problem=f"it answered {response.status_code}")
    return _offer(site.base.address, response.content)


def _offer(address: str, body: bytes) -> Offer:
    try:
        models = [record.text("id") for record in Record(decode(body), "the answer").records("data")]
    except ValueError:
        return Offer(address, problem="its answer is no list of models")
    return Offer(address, tuple(sorted(one_line(name) for name in models)))
