"""One supervisor an installation: whoever holds the lock works, everybody else finds it held.

The lock is the operating system's: it ends with the process that holds it, however it ended.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import arncnn
from arncnn import config
from arncnn.files import lock
from arncnn.store import Store
from arncnn.store.job import State
from arncnn.store.roles import SUPERVISOR

_IDLE_S = 5.0
_WAIT_FOR_LOCK_S = 1.0


def supervisor_lock(wait_s: float = 0.0) -> AbstractContextManager[int | None]:
    """Hold the supervisor's lock for a block; it gets None when another process holds it.

    Args:
        wait_s: how long to try. Who only looks whether anybody supervises holds the lock for
            an instant; a supervisor must not give up for that.
    """
    return lock(config.jobs_folder() / "supervisor.lock", wait_s)


def is_supervised() -> bool:
    """Whether a supervisor is at work on this machine."""
    with supervisor_lock() as held:
        return held is None


def has_work(store: Store) -> bool:
    """Whether any job waits or runs."""
    return store.jobs.work.any_left(SUPERVISOR)


def ensure_supervised(store: Store) -> bool:
    """Start a supervisor, detached from this process, when there is work and none is there.

    Returns:
        Whether one was started.
    """
    if not has_work(store) or is_supervised():
        return False
    with (config.jobs_folder() / "supervisor.log").open("ab") as log:
        subprocess.Popen(
            [sys.executable, "-m", "arncnn", "jobs", "work", "--until-idle"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=Path(arncnn.__file__).parent.parent,
            env={
                **os.environ,
                "ARNCNN_DATABASE": store.engine.url.render_as_string(hide_password=False),
            },
            start_new_session=True,
        )
    return True


def work(
    store: Store,
    *,
    until_idle: bool = False,
    report: Callable[[str], object] = lambda sentence: None,
) -> bool:
    """Supervise on this machine, as long as there is something to do or for ever.

    Args:
        store: of the queue.
        until_idle: return when nothing is left to do.
        report: told in sentences what happens.

    Returns:
        False when another supervisor is at work already.
    """
    from arncnn.jobs import engines
    from arncnn.jobs.supervisor import Supervisor

    left: frozenset[str] | None = None
    while True:
        with supervisor_lock(_WAIT_FOR_LOCK_S) as held:
            if held is None:
                report("Another supervisor is running on this machine.")
                return False
            report("Supervising. Running trainings continue if this program is stopped.")
            supervisor = Supervisor(store, engines.chosen(), report=report)
            supervisor.run(idle_s=_IDLE_S if until_idle else None)
        # A job may have been queued by someone who still found the lock held; those left
        # after another round wait for a device that is not here.
        queued = store.jobs.list(SUPERVISOR, state=State.QUEUED, limit=1000).jobs
        waiting = frozenset(job.id for job in queued)
        if not waiting or waiting == left:
            return True
        left = waiting
