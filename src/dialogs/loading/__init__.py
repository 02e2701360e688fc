"""Files to types: scenarios and configuration, every fault with its place."""

from dialogs.loading.files import MAX_BYTES
from dialogs.loading.loader import load, load_configuration, load_scenarios, read_ahead
from dialogs.loading.reading import Ahead
from dialogs.loading.variables import parse_assignments

__all__ = ["MAX_BYTES", "Ahead", "load", "load_configuration", "load_scenarios", "parse_assignments", "read_ahead"]
