"""Who takes which of many things, where several processes could: each thing goes to one of them."""

import sys
import tempfile


class Claims:
    """Numbers that processes of one run claim; made before they part.

    A claim is a lock on one byte of an unnamed file, which the system holds for the process and frees when it ends: a
    process that takes another's place can claim anew what that one had.
    """

    def __init__(self) -> None:
        """Begin with nothing claimed."""
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - it stays open as long as the processes

    def claim(self, number: int) -> bool:
        """Claim a number; False: another process has it."""
        if sys.platform == "win32":
            return True  # there is one process only
        import fcntl  # noqa: PLC0415 - Windows has none

        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, number)
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Give all claims of this process back."""
        self._file.close()
