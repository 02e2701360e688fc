"""Parts as tasks of a Ray cluster, and the coordinator as an actor there. Everything that is Ray's stands here."""

import asyncio
import contextlib
import logging
import os
import secrets
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from dialogs.cluster import node_check
from dialogs.cluster.assignments import Assignment
from dialogs.cluster.driving import WorkerLostError
from dialogs.cluster.hub import Hub, Standing, Terms
from dialogs.cluster.linking import CoordinatorLostError
from dialogs.cluster.local_ray import local_ray, token_variables
from dialogs.cluster.part_playing import PartReport, play_part
from dialogs.coordination import FromWorker, ToWorker
from dialogs.errors import IncompleteError, MissingModelError, WrongUseError

if TYPE_CHECKING:
    from concurrent.futures import Future

_OLDEST: Final = (2, 60)
_QUIET: Final = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "GRPC_VERBOSITY": "ERROR",
}
_HEAD: Final = "node:__internal_head__"  # a resource that the head node alone has
_NAMESPACE: Final = "dialogs"
_AGAIN: Final = {"max_task_retries": -1}  # for calls that may be made twice, where the way to the actor breaks
_PATIENCE_S: Final = 60.0
_LOST: Final = (
    "the coordinator of the run was lost with its process or node; what was paid for is in the journals of the parts, "
    "and the same command with --resume goes on"
)


def _import_ray() -> Any:  # noqa: ANN401 - Ray's types are partial
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import ray  # noqa: PLC0415 - an extra, and slow to import
    except ImportError:
        raise MissingModelError("--engine ray needs Ray: pip install 'dialogs-cli[ray]'") from None
    if tuple(int(part) for part in ray.__version__.split(".")[:2]) < _OLDEST:
        raise WrongUseError(f"Ray {ray.__version__} is too old; wanted 2.60 or newer: pip install 'dialogs-cli[ray]'")
    return ray


@contextlib.contextmanager
def connected(address: str | None, notice: Callable[[str], None]) -> Iterator["RayConnection"]:
    """Be a driver of a Ray cluster within the context; `notice` is told of which.

    That is the one at `address`, else the one that RAY_ADDRESS names or that this machine is a node of, else one of
    this machine alone, which ends with the context.

    Raises:
        MissingModelError: Ray is not installed.
        WrongUseError: there is no cluster at the address, or its Ray or Python is another version.
        IncompleteError: none could be started on this machine, or it was lost within the context.
    """
    ray = _import_ray()
    with _without_warnings(), contextlib.ExitStack() as stack:
        is_joined = _join(ray, address or os.environ.get("RAY_ADDRESS") or None)
        if not is_joined:
            token = secrets.token_hex(32)
            address = stack.enter_context(local_ray(token))
            _take_token(ray, token)
            _join(ray, address)
        stack.callback(ray.shutdown)
        connection = RayConnection(ray, is_own=not is_joined)
        with losses_told(ray):
            notice(connection.described())
            yield connection


@contextlib.contextmanager
def losses_told(ray: Any) -> Iterator[None]:  # noqa: ANN401
    """Say of a cluster that is gone that it is, and how to go on. What a task itself has raised passes as it is."""
    try:
        yield
    except ray.exceptions.RayTaskError:
        raise
    except ray.exceptions.RayError as error:
        raise IncompleteError(
            f"the Ray cluster was lost ({_how_lost(error)}); the same command with --resume goes on when it is back"
        ) from None


@contextlib.contextmanager
def _without_warnings() -> Iterator[None]:
    """Keep what Ray says of itself, and of other packages, from those who watch a run."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


_INIT: Final[dict[str, Any]] = {
    "namespace": _NAMESPACE,
    "log_to_driver": False,
    "logging_level": logging.CRITICAL,
    "configure_logging": True,
}


def _join(ray: Any, address: str | None) -> bool:  # noqa: ANN401
    """Join the cluster at an address, or the one of this machine; False: there is none of this machine."""
    if address == "local":
        return False
    try:
        ray.init(address=address or "auto", **_INIT)
    except ConnectionError as error:
        if address is None:
            return False
        raise WrongUseError(f"--ray-address {address}: {_first_line(error)}; wanted a cluster's HOST:PORT") from None
    except (RuntimeError, ValueError) as error:
        raise WrongUseError(f"--ray-address {address or 'auto'}: {_first_line(error)}") from None
    return True


def _take_token(ray: Any, token: str) -> None:  # noqa: ANN401
    """Let this process speak with the cluster that it has started, as Ray itself does where it starts one."""
    os.environ.update(token_variables(token))
    ray._raylet.Config.initialize("")  # noqa: SLF001 - it has read the environment when it was imported
    ray._raylet.AuthenticationTokenLoader.instance().reset_cache()  # noqa: SLF001


def _first_line(error: BaseException) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)


@dataclass(frozen=True, slots=True)
class RayConnection:
    """A cluster that this process is a driver of; `is_own` where it was started for this run alone."""

    ray: Any
    is_own: bool

    def described(self) -> str:
        """Say which cluster it is, and how large."""
        nodes = [node for node in self.ray.nodes() if node["Alive"]]
        size = f"{len(nodes)} {'node' if len(nodes) == 1 else 'nodes'}, {self.slots()} CPUs"
        if self.is_own:
            return f"playing on a Ray cluster of this machine alone ({size}); --ray-address names another"
        return f"playing on the Ray cluster at {self.ray.get_runtime_context().gcs_address} ({size})"

    def slots(self) -> int:
        """Return how many parts can be played at the same time: one a CPU."""
        return int(self.ray.cluster_resources().get("CPU", 0))

    def check_nodes(self, version: str) -> None:
        """Look whether each node that plays has this program in the same version.

        Raises:
            WrongUseError: one has not.
        """
        ray = self.ray
        ray.cloudpickle.register_pickle_by_value(node_check)  # a node may not have it
        strategy = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy
        look = ray.remote(num_cpus=0, max_retries=3)(node_check.look)
        nodes = [node["NodeID"] for node in ray.nodes() if node["Alive"] and node["Resources"].get("CPU")]
        looks = [look.options(scheduling_strategy=strategy(node_id=node, soft=True)).remote() for node in nodes]
        for found in ray.get(looks):
            if found.version != version:
                raise WrongUseError(
                    f"Ray's node {found.host} has {found.described()}, and this is dialogs-cli {version}; install the "
                    f"same on all nodes: pip install 'dialogs-cli[ray]=={version}'"
                )

    def cluster(self, assignment: Assignment, terms: Terms) -> "RayCluster":
        """Return what plays the parts of an assignment, with a coordinator that is started for it."""
        return RayCluster(self, assignment, terms)


class RayCluster:
    """Plays parts as tasks, each with one CPU; implements `Cluster`."""

    def __init__(self, connection: RayConnection, assignment: Assignment, terms: Terms) -> None:
        """Put the assignment where all nodes find it, and start the coordinator on the cluster's head."""
        ray = self._ray = connection.ray
        self._connection = connection
        self._assignment = ray.put(assignment)
        self._name = f"dialogs-{assignment.run}"
        self._terms = terms
        self._began = time.monotonic()
        self._renewals = 0
        self._hub = self._coordinator(self._name, terms)
        # A lost task is given out again by the driver, which numbers the attempts.
        self._task = ray.remote(num_cpus=1, max_retries=0, scheduling_strategy="SPREAD")(_play)

    def _coordinator(self, name: str, terms: Terms) -> Any:  # noqa: ANN401
        ray = self._ray
        # No cluster outlives its head, so what all workers need is nowhere safer.
        head = next((node["NodeID"] for node in ray.nodes() if _HEAD in node["Resources"]), None)
        strategy = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy
        where = strategy(node_id=head or ray.get_runtime_context().get_node_id(), soft=True)
        actor = ray.remote(num_cpus=0, max_restarts=0, max_concurrency=10_000)(Hub)
        return actor.options(name=name, scheduling_strategy=where).remote(terms)

    def renew(self, standing: Standing) -> bool:
        """Start another coordinator, unless there is a budget, of which nobody knows what was used of it last."""
        if self._terms.is_budget_limited:
            return False
        self._renewals += 1
        terms = self._terms.after(time.monotonic() - self._began, standing)
        try:
            self._ray.kill(self._hub)  # it may only be out of reach, and two would let through twice as much
            self._hub = self._coordinator(f"{self._name}-{self._renewals + 1}", terms)
        except self._ray.exceptions.RayError:  # the head is gone as well
            return False
        return True

    def slots(self) -> int:
        """Return how many parts can be played at the same time, as things stand."""
        return self._connection.slots()

    async def play(self, part: int, attempt: str) -> PartReport:
        """Play a part somewhere."""
        # Within a list, the assignment is no argument that each task would read anew.
        task = self._task.remote([self._assignment], part, attempt, self._hub)
        try:
            report: PartReport = await asyncio.wrap_future(task.future())
        except asyncio.CancelledError:
            self._ray.cancel(task, force=True)
            raise
        except self._ray.exceptions.RayTaskError:
            raise
        except self._ray.exceptions.RayError as error:
            raise WorkerLostError(_how_lost(error)) from None
        return report

    async def standing(self) -> Standing:
        """Ask how far the workers are."""
        asked = self._hub.standing.options(**_AGAIN).remote()
        try:
            async with asyncio.timeout(_PATIENCE_S):
                standing: Standing = await asyncio.wrap_future(asked.future())
        except (self._ray.exceptions.RayActorError, TimeoutError):
            raise CoordinatorLostError(_LOST) from None
        return standing

    def gone(self, worker: str) -> None:
        """Let the coordinator know that a worker is gone."""
        self._hub.gone.options(**_AGAIN).remote(worker)

    def tell_stop(self, reason: str | None, *, is_cut: bool) -> None:
        """Let no worker ask anything more; with `is_cut`, let all end at once."""
        if is_cut:
            self._hub.cut.options(**_AGAIN).remote()
        else:
            self._hub.stop.options(**_AGAIN).remote(reason)


def _how_lost(error: Exception) -> str:
    """Say in few words what Ray says in many."""
    known = {
        "WorkerCrashedError": "its process was killed",
        "NodeDiedError": "its node is gone",
        "OutOfMemoryError": "its node ran out of memory",
    }
    return known.get(type(error).__name__) or f"{type(error).__name__}: {_first_line(error)[:200]}"


def _play(assignment: list[Any], part: int, attempt: str, hub: Any) -> PartReport:  # noqa: ANN401
    """Play a part in a process of some node."""

    async def main() -> PartReport:
        return await play_part(_assignment(assignment[0]), part, attempt, _Calls(hub))

    return asyncio.run(main())


@lru_cache(maxsize=1)
def _assignment(reference: Any) -> Assignment:  # noqa: ANN401
    """Read an assignment once for all parts that a process plays of it."""
    import ray  # noqa: PLC0415 - this runs in a process of Ray's

    assignment: Assignment = ray.get(reference)
    return assignment


class _Calls:
    """The way from a worker to the coordinator; implements `Coordination`."""

    def __init__(self, hub: Any) -> None:  # noqa: ANN401
        import ray  # noqa: PLC0415 - this runs in a process of Ray's

        self._hub = hub
        self._lost = ray.exceptions.RayActorError
        self._loop = asyncio.get_running_loop()
        self._unheard: asyncio.Future[None] = self._loop.create_future()

    async def join(self, worker: str) -> float | None:
        left_s: float | None = await self._called(self._hub.join.options(**_AGAIN).remote(worker))
        return left_s

    def tell(self, worker: str, message: FromWorker) -> None:
        told = self._hub.tell.remote(worker, message)
        told.future().add_done_callback(self._check)

    def _check(self, told: "Future[None]") -> None:
        """See that a message has arrived: what it asked for would be waited for without end. Runs in Ray's thread."""
        if not told.cancelled() and told.exception() is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits any more
                self._loop.call_soon_threadsafe(self._lose)

    def _lose(self) -> None:
        if not self._unheard.done():
            self._unheard.set_result(None)

    async def listen(self, worker: str, wait_s: float) -> ToWorker:
        message: ToWorker = await self._called(self._hub.listen.remote(worker, wait_s))
        return message

    async def _called(self, reference: Any) -> Any:  # noqa: ANN401
        """Wait for the answer to a call, unless a message before it did not arrive."""
        answer = asyncio.wrap_future(reference.future())
        try:
            await asyncio.wait((answer, self._unheard), return_when=asyncio.FIRST_COMPLETED)
            if answer.done():
                return answer.result()
        except self._lost:
            pass
        finally:
            answer.cancel()
        raise CoordinatorLostError(_LOST)
