"""`dialogs schema`: prints a format as a JSON Schema."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from dialogs.cli.output import write_lines

if TYPE_CHECKING:
    from dialogs.encoding import JsonObject


class Format(StrEnum):
    """What has a schema."""

    SCENARIO = "scenario"
    CONFIG = "config"
    TRANSCRIPT = "transcript"
    COMPARISON = "comparison"


def schema(
    format_: Annotated[
        Format, typer.Argument(metavar="[scenario|config|transcript|comparison]", help="The format.")
    ] = Format.SCENARIO,
) -> None:
    """Print a JSON Schema (draft 2020-12): of scenarios, dialogs.yaml, a line of transcripts, or diff's JSON.

    Editors complete and check by it: `dialogs schema > scenario.schema.json`, and as the first line of a scenario
    `# yaml-language-server: $schema=scenario.schema.json`, relative to the scenario.
    """
    write_lines([schema_text(format_)], is_data=True)


def schema_text(format_: Format) -> str:
    """Return a schema as indented JSON."""
    import json  # noqa: PLC0415 - what --help does not need

    return json.dumps(_schema(format_), ensure_ascii=False, indent=2)


def _schema(format_: Format) -> "JsonObject":
    """Return a schema; that of comparisons is a file of the package, beside what writes them."""
    from dialogs import format_schemas  # noqa: PLC0415 - what --help does not need

    match format_:
        case Format.SCENARIO:
            return format_schemas.scenario_schema()
        case Format.CONFIG:
            return format_schemas.configuration_schema()
        case Format.TRANSCRIPT:
            return format_schemas.transcript_schema()
        case Format.COMPARISON:
            return format_schemas.comparison_schema()
