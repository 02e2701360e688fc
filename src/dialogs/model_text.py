"""The type of text that a model wrote."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ModelText:
    """Text that a model wrote, and that no sink may take as it is.

    It is no `str`, so that it cannot be printed or joined by mistake: each sink has one encoder that takes it, such as
    `dialogs.reports.terminal.harmless`. `raw` is for those encoders and for comparisons.
    """

    raw: str
