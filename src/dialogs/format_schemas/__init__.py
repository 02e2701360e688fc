"""The formats as JSON Schemas (draft 2020-12), for editors and for programs."""

from dialogs.format_schemas.comparison import comparison_schema
from dialogs.format_schemas.configuration import configuration_schema
from dialogs.format_schemas.scenario import scenario_schema
from dialogs.format_schemas.transcript import transcript_schema

__all__ = ["comparison_schema", "configuration_schema", "scenario_schema", "transcript_schema"]
