"""What is wrong with a template."""


class TemplateFault(ValueError):  # noqa: N818 - what is wrong in a file is a fault everywhere here
    """A template that cannot be read or rendered: what is wrong, and the line in the template, counted from 1."""

    def __init__(self, message: str, line: int = 1) -> None:
        """Say what is wrong at `line`."""
        super().__init__(message)
        self.message = message
        self.line = line
