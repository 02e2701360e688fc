"""What the processes of one run share: one limiter, one budget, one stop. A coordinator holds it, whatever carries it.

The coordinator stands in one process, and each worker has a link to it. Both sides only make and take messages
(`messages`), so that a socket pair carries them as well as a remote actor does.
"""

from dialogs.coordination.coordinator import Coordinator
from dialogs.coordination.link import Link
from dialogs.coordination.messages import FromWorker, ToWorker
from dialogs.coordination.stopping import CentralStop, WorkerStop

__all__ = ("CentralStop", "Coordinator", "FromWorker", "Link", "ToWorker", "WorkerStop")
