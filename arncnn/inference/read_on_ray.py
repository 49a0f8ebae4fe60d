"""read_on_ray: files spread over a Ray cluster by Ray Data, a shard at a time.

Every reader is an actor with a model of its own. What travels through Ray is the number of a shard
and what was counted in it: files come from a shared folder or an object store, and rows go to one,
so nothing waits in Ray's memory. Ray gives a shard to whoever is free and, when its worker is
killed, to another; ``inference.shards`` sees to it that its rows are there once.
"""

import logging
import os
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

import arncnn
from arncnn.errors import ArncnnError, UsageError
from arncnn.inference.reader import Reader
from arncnn.inference.shards import Plan
from arncnn.models.bundle import ModelBundle
from arncnn.progress import Progress

_NOTHING_THERE_S = 10.0  # else a node without the shared folder takes all shards from the others
_PACKAGE = Path(arncnn.__file__).resolve().parent.parent


@dataclass(frozen=True)
class Counted:
    """What one run has done.

    Attributes:
        rows: read or failed in this run.
        failed: of them.
        files: of the whole plan.
        files_before: of them, those that earlier runs had done.
        unread: of them, those whose bytes did not come or that are not found; the next run reads
            them.
    """

    rows: int
    failed: int
    files: int
    files_before: int
    unread: int


class ShardReader:
    """A model and the shards that Ray hands to it, in a process of its own."""

    def __init__(self, plan: Plan, model: Path, workers: int) -> None:
        """Open the model.

        Args:
            plan: whose shards.
            model: folder of the model, on this node.
            workers: how many files are decoded at once.

        Raises:
            UsageError: this node does not see the results, or its folder holds another model than
                where the reading began.
        """
        self._plan, self._workers = plan, workers
        if not plan.is_seen():
            raise UsageError(
                f"The node {socket.gethostname()} does not find the results at --out. Name a "
                "folder that is shared by all nodes, and is mounted there, or an address."
            )
        self._reader = Reader.open(model)
        if self._reader.bundle.identity.sha256 != plan.asked["model"]:
            raise UsageError("A node has another model in this folder; bring the same one there.")

    def __call__(self, batch: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Read shards, given by their numbers; of each, its files and what is in ``Done``."""
        found = []
        for shard in map(int, batch["shard"]):
            done = self._plan.read(self._reader, shard, workers=self._workers)
            found.append({"files": self._plan.shards[shard][2], **asdict(done)})
            if done.missing and not done.rows:
                time.sleep(_NOTHING_THERE_S)
        return {name: np.array([each[name] for each in found]) for name in found[0]}


def read_on_ray(plan: Plan, model: Path, *, workers: int, told: Progress) -> Counted:
    """Read what is left of a plan on the cluster of ``RAY_ADDRESS``, else on one of this machine.

    Args:
        plan: what to read and where rows go; both reached from every node.
        model: folder of the model, at the same path on every node.
        workers: processors of each reader, and files that it decodes at once.
        told: hears "reading", files done and files in all.

    Raises:
        UsageError: Ray is not installed, does not answer, or has no node with so many processors.
        ArncnnError: the cluster gave up; what is done stays done.
    """
    left = plan.left()
    still = sum(len(of.files) for shard, of in plan.missing().items() if shard not in set(left))
    before = plan.files - still - sum(plan.shards[shard][2] for shard in left)
    sums = Counter[str]()
    told("reading", before, plan.files)
    if left:
        with _cluster(workers) as ray:
            for counted in _counts(ray, plan, left, model, workers):
                sums.update({name: int(number) for name, number in counted.items()})
                told("reading", before + sums["files"], plan.files)
    plan.tidy(ModelBundle.open(model).labels, left)
    unread = sums["unread"] + still
    return Counted(sums["rows"], sums["failed"], plan.files, before + sums["kept"], unread)


def _counts(
    ray: Any, plan: Plan, left: list[int], model: Path, workers: int
) -> Iterator[dict[str, Any]]:
    readers = _readers([_processors(node) for node in ray.nodes() if node["Alive"]], workers)
    shards = ray.data.from_items(
        [{"shard": shard} for shard in left], override_num_blocks=len(left)
    )
    read = shards.map_batches(
        ShardReader,
        batch_size=None,
        num_cpus=workers,
        compute=ray.data.ActorPoolStrategy(min_size=min(readers, len(left)), max_size=readers),
        fn_constructor_args=(plan, model.absolute(), workers),
    )
    try:
        yield from read.iter_rows()
    except ray.exceptions.RayError as error:
        cause = getattr(error, "cause", None)
        if isinstance(cause, ArncnnError):
            raise cause from error
        raise ArncnnError(
            "Reading failed on the Ray cluster. Finished parts are kept; run the command again."
        ) from error


def _processors(node: dict[str, Any]) -> int:
    return int(node["Resources"].get("CPU", 0))


def _readers(processors: Sequence[int], workers: int) -> int:
    """How many readers run at once; each has all its processors on one node.

    Args:
        processors: of every node.
        workers: processors of a reader.

    Raises:
        UsageError: no node has that many: Ray would wait for one for ever.

    >>> _readers([8, 3, 0], 2)
    5
    """
    most = max(processors, default=0)
    if workers > most:
        raise UsageError(
            f"--workers {workers} asks for {workers} processors per reader, but no node of the Ray "
            f"cluster has more than {most} (in all {sum(processors)}). Ask for {most} at most."
            if most
            else "No node of the Ray cluster has a processor. Start one, then run this again."
        )
    return sum(count // workers for count in processors)


@contextmanager
def _cluster(workers: int) -> Iterator[Any]:
    """Ray, connected: to the cluster that is named, or to one of this machine for the while."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    address = os.environ.get("RAY_ADDRESS")
    if address and address.startswith("http"):
        raise UsageError(
            "RAY_ADDRESS names the cluster's dashboard, which takes jobs alone. Run this on a node "
            "with RAY_ADDRESS=HEAD:6379, or hand it over by: ray job submit -- python -m arncnn ..."
        )
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise UsageError(
            "--engine ray needs Ray: pip install --require-hashes -r requirements-ray.lock."
        ) from error
    paths = [str(_PACKAGE), *filter(None, [os.environ.get("PYTHONPATH")])]
    variables = {
        "PYTHONPATH": os.pathsep.join(paths),
        "TF_NUM_INTRAOP_THREADS": str(workers),  # a reader computes with what it asked Ray for
        "TF_NUM_INTEROP_THREADS": "1",
    }
    with redirect_stdout(sys.stderr):  # Ray tells there, too, of a worker that was killed
        yield from _connected(ray, address, variables)


def _connected(ray: Any, address: str | None, variables: dict[str, str]) -> Iterator[Any]:
    try:
        ray.init(
            address=address or "local",
            runtime_env={"env_vars": variables},
            include_dashboard=False if not address else None,
            log_to_driver=False,
            logging_level=logging.ERROR,
        )
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise UsageError("The Ray cluster of RAY_ADDRESS does not answer.") from error
    ray.data.DataContext.get_current().enable_progress_bars = False
    logging.getLogger("ray.data").addFilter(lambda record: record.levelno >= logging.ERROR)
    try:
        yield ray
    finally:
        ray.shutdown()
