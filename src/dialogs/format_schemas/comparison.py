"""The JSON of a comparison, whose schema lies as a file beside what writes it."""

from importlib.resources import files

from dialogs.encoding import JsonObject, decode


def comparison_schema() -> JsonObject:
    """Return the schema of `dialogs diff --format json`."""
    schema = decode(files("dialogs.reports").joinpath("comparison.schema.json").read_bytes())
    return schema if isinstance(schema, dict) else {}
