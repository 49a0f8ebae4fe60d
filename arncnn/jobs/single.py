"""One supervisor an installation: whoever holds the lock works, everybody else finds it held.

The lock is the operating system's: it ends with the process that holds it, however it ended.
"""

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import arncnn
from arncnn import config
from arncnn.store import Store
from arncnn.store.job import State
from arncnn.store.roles import SUPERVISOR

_IDLE_S = 5.0
_WAIT_S, _LOOK_AGAIN_S = 1.0, 0.05  # for the lock


@contextmanager
def supervisor_lock(wait_s: float = 0.0) -> Iterator[bool]:
    """Hold the supervisor's lock for a block; False when another process holds it.

    Args:
        wait_s: how long to try. Who only looks whether anybody supervises holds the lock for
            an instant; a supervisor must not give up for that.
    """
    handle = os.open(config.jobs_folder() / "supervisor.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        yield _taken(handle, time.monotonic() + wait_s)
    finally:
        os.close(handle)


def _taken(handle: int, until_s: float) -> bool:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until_s:
                return False
            time.sleep(_LOOK_AGAIN_S)
        else:
            return True


def is_supervised() -> bool:
    """Whether a supervisor is at work on this machine."""
    with supervisor_lock() as is_free:
        return not is_free


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
            env={**os.environ, "ARNCNN_DATABASE": _address(store)},
            start_new_session=True,
        )
    return True


def work(
    store: Store,
    *,
    until_idle: bool = False,
    say: Callable[[str], None] = lambda sentence: None,
) -> bool:
    """Supervise on this machine, as long as there is something to do or for ever.

    Args:
        store: of the queue.
        until_idle: return when nothing is left to do.
        say: told in sentences what happens.

    Returns:
        False when another supervisor is at work already.
    """
    from arncnn.jobs import engines
    from arncnn.jobs.supervisor import Supervisor

    left: frozenset[str] | None = None
    while True:
        with supervisor_lock(_WAIT_S) as is_ours:
            if not is_ours:
                say("Another supervisor is at work on this machine.")
                return False
            say("Supervising. Stopping this program leaves running trainings at work.")
            supervisor = Supervisor(store, engines.chosen(), say=say)
            supervisor.run(idle_s=_IDLE_S if until_idle else None)
        # A job may have been queued by someone who still found the lock held; those left
        # after another round wait for a device that is not here.
        queued = store.jobs.list(SUPERVISOR, state=State.QUEUED, limit=1000).jobs
        waiting = frozenset(job.id for job in queued)
        if not waiting or waiting == left:
            return True
        left = waiting


def _address(store: Store) -> str:
    return store.engine.url.render_as_string(hide_password=False)
