"""A store of the test's own, and a supervisor whose trainer is the light one."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from arncnn.jobs import inputs
from arncnn.jobs.engines.local import LocalEngine
from arncnn.jobs.supervisor import Supervisor
from arncnn.store import LOCAL_USER, Store
from arncnn.store.job import Job

LIGHT = Path(__file__).with_name("light_trainer.py")
DEVICE = "cpu:0@here"


def lay_out_light(store: Store, job: Job) -> Path:
    """The specification alone: the light trainer needs no model and no corrections."""
    folder = inputs.folder_of(job.id)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "stop").unlink(missing_ok=True)
    (folder / "training.json").write_text(json.dumps(dict(job.spec)))
    return folder


def light_command(folder: Path) -> tuple[str, ...]:
    return (sys.executable, str(LIGHT), str(folder))


class Stage:
    """A store, and supervisors that come and go."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.said: list[str] = []
        self.engines: list[LocalEngine] = []

    def supervisor(
        self, lease_s: float = 30.0, device: str = DEVICE, engine: LocalEngine | None = None
    ) -> Supervisor:
        engine = engine or LocalEngine((device,))
        self.engines.append(engine)
        return Supervisor(
            self.store,
            engine,
            command=light_command,
            prepare_inputs=lay_out_light,
            lease_s=lease_s,
            report=self.said.append,
        )

    def submit(self, **spec: object) -> Job:
        attempts = int(str(spec.pop("max_attempts", 5)))
        values = {"recipe": "light", "epochs": 2, "source": None, **spec}
        return self.store.jobs.submit(LOCAL_USER, values, max_attempts=attempts)

    def job(self, job: Job) -> Job:
        return self.store.jobs.get(LOCAL_USER, job.id)

    def until(
        self, supervisor: Supervisor, reached: Callable[[], bool], within_s: float = 120.0
    ) -> None:
        deadline = time.monotonic() + within_s
        while not reached():
            assert time.monotonic() < deadline, self.said
            supervisor.tick()
            time.sleep(0.02)

    def finish(self, supervisor: Supervisor, job: Job) -> Job:
        self.until(supervisor, lambda: self.job(job).is_final)
        return self.job(job)


@pytest.fixture
def stage(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    store = Store.open()
    made = Stage(store)
    yield made
    for engine in made.engines:
        engine.end_orphans({})
    store.close()
