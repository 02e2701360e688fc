"""Files to types: scenarios and configuration, every fault with its place."""

from dialogs.loading.files import MAX_BYTES
from dialogs.loading.loader import load, load_configuration, load_scenarios
from dialogs.loading.reading import spare_processes
from dialogs.loading.variables import parse_assignments

__all__ = ["MAX_BYTES", "load", "load_configuration", "load_scenarios", "parse_assignments", "spare_processes"]
