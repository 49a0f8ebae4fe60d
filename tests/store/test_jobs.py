import json
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arncnn.errors import JobError, StoreError, UsageError
from arncnn.store import Store
from arncnn.store.job import LeaseLostError, State, Stop
from arncnn.store.job_work import JobWork
from arncnn.store.roles import SUPERVISOR
from arncnn.store.verify import verify
from tests.store.made_up import ADA, TILDA
from tests.store.together import together

CPU, GPU = "cpu:0@here", "gpu:0@here"


def _claim(store: Store, device: str = CPU, now: float | None = None):
    return store.jobs.work.claim(SUPERVISOR, device, engine="local", lease_s=30, now=now)


def test_a_job_goes_from_the_queue_through_running_to_succeeded(store: Store) -> None:
    job = store.jobs.submit(TILDA, {"epochs": 3}, now=1.0)
    assert (job.state, job.attempt, dict(job.spec)) == (State.QUEUED, 0, {"epochs": 3})
    running = _claim(store, now=2.0)
    assert (running.id, running.state, running.attempt) == (job.id, State.RUNNING, 1)
    assert (running.device, running.lease_until) == (CPU, 32.0)
    work = store.jobs.work
    assert work.renew(SUPERVISOR, running.claim, engine_ref="4711", now=10.0) is None
    work.event(SUPERVISOR, running.claim, "epoch", {"loss": 0.5}, progress={"epoch": 1}, now=11.0)
    seen = store.jobs.get(TILDA, job.id)
    assert (seen.lease_until, seen.engine_ref, dict(seen.progress)) == (40.0, "4711", {"epoch": 1})
    work.finish(SUPERVISOR, running.claim, State.SUCCEEDED, result={"model": "m"}, now=12.0)
    done = store.jobs.get(TILDA, job.id)
    assert (done.state, done.result["model"], done.finished_at) == (State.SUCCEEDED, "m", 12.0)
    told = [(event.number, event.kind) for event in store.jobs.events(TILDA, job.id)]
    assert told == [(1, "claimed"), (2, "epoch"), (3, "succeeded")]
    assert [event.kind for event in store.jobs.events(TILDA, job.id, after=2)] == ["succeeded"]
    assert verify(store, ADA).is_intact


def test_a_device_runs_one_job_at_a_time_and_jobs_wait_for_their_kind(store: Store) -> None:
    first = store.jobs.submit(TILDA, {}, device="gpu", now=1.0)
    second = store.jobs.submit(TILDA, {}, now=2.0)
    third = store.jobs.submit(TILDA, {}, device="cpu:0@elsewhere", now=3.0)
    assert _claim(store, CPU).id == second.id  # the first wants a GPU
    assert _claim(store, CPU) is None
    assert _claim(store, GPU).id == first.id
    assert _claim(store, "cpu:1@elsewhere") is None
    assert _claim(store, "cpu:0@elsewhere").id == third.id


def test_an_orphans_every_update_is_refused_once_another_attempt_runs(store: Store) -> None:
    store.jobs.submit(TILDA, {})
    orphan = _claim(store, now=0.0).claim
    work = store.jobs.work
    assert [job.state for job in work.requeue_lost(SUPERVISOR, now=31.0)] == [State.QUEUED]
    second = _claim(store, now=32.0)
    assert second.attempt == 2
    for late in (
        lambda: work.renew(SUPERVISOR, orphan, now=33.0),
        lambda: work.event(SUPERVISOR, orphan, "epoch", {}),
        lambda: work.release(SUPERVISOR, orphan, "x"),
        lambda: work.finish(SUPERVISOR, orphan, State.SUCCEEDED, result={"model": "orphan's"}),
    ):
        with pytest.raises(LeaseLostError, match="attempt at the job is over"):
            late()
    now = store.jobs.get(TILDA, orphan.job_id)
    assert (now.state, now.attempt, now.result) == (State.RUNNING, 2, None)


def test_a_job_finishes_exactly_once(store: Store) -> None:
    store.jobs.submit(TILDA, {})
    claim = _claim(store).claim
    store.jobs.work.finish(SUPERVISOR, claim, State.FAILED, error="Out of memory.")
    with pytest.raises(LeaseLostError):
        store.jobs.work.finish(SUPERVISOR, claim, State.SUCCEEDED)
    assert store.jobs.get(TILDA, claim.job_id).error == "Out of memory."


def test_a_job_lost_too_often_has_failed_with_the_reason(store: Store) -> None:
    job = store.jobs.submit(TILDA, {}, max_attempts=3)
    for attempt in range(3):
        _claim(store, now=100.0 * attempt)
        store.jobs.work.requeue_lost(SUPERVISOR, now=100.0 * attempt + 31)
    failed = store.jobs.get(TILDA, job.id)
    assert failed.state is State.FAILED
    assert failed.error == "Given up after 3 attempts. Last error: Its worker stopped answering."
    assert _claim(store) is None


def test_a_lease_that_is_renewed_is_not_lost(store: Store) -> None:
    store.jobs.submit(TILDA, {})
    claim = _claim(store, now=0.0).claim
    store.jobs.work.renew(SUPERVISOR, claim, lease_s=30, now=25.0)
    assert store.jobs.work.requeue_lost(SUPERVISOR, now=54.0) == ()
    assert len(store.jobs.work.requeue_lost(SUPERVISOR, now=56.0)) == 1


_DAY_S = 86_400.0


@pytest.mark.attack
@pytest.mark.parametrize("jump_s", [_DAY_S, -_DAY_S])
def test_a_clock_that_jumps_by_a_day_neither_ends_nor_stretches_a_lease(
    store: Store, monkeypatch: pytest.MonkeyPatch, jump_s: float
) -> None:
    wall_s, steady_s = 1e9, 100.0
    monkeypatch.setattr(time, "time", lambda: wall_s)
    monkeypatch.setattr(time, "monotonic", lambda: steady_s)
    work = JobWork(store)
    job = store.jobs.submit(TILDA, {})
    claim = _claim(store).claim
    assert work.requeue_lost(SUPERVISOR) == ()
    steady_s, wall_s = steady_s + 1.0, wall_s + 1.0 + jump_s
    assert work.requeue_lost(SUPERVISOR) == ()  # who works at it lives
    assert store.jobs.get(TILDA, job.id).attempt == 1
    steady_s, wall_s = steady_s + 29.0, wall_s + 29.0
    assert work.requeue_lost(SUPERVISOR) == ()
    assert work.renew(SUPERVISOR, claim) is None
    steady_s, wall_s = steady_s + 29.0, wall_s + 29.0
    assert work.requeue_lost(SUPERVISOR) == ()
    steady_s, wall_s = steady_s + 2.0, wall_s + 2.0  # now it is silent for more than a lease
    assert [lost.id for lost in work.requeue_lost(SUPERVISOR)] == [job.id]
    assert _claim(store).attempt == 2
    with pytest.raises(LeaseLostError):
        work.finish(SUPERVISOR, claim, State.SUCCEEDED)
    assert store.jobs.list(TILDA).total == 1
    assert verify(store, ADA).is_intact


@pytest.mark.attack
def test_a_clock_that_was_set_back_while_nobody_looked_delays_a_lost_job_by_one_lease(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.jobs.submit(TILDA, {})
    _claim(store, now=1e9)  # by a supervisor that then died
    wall_s = 1e9 - _DAY_S
    monkeypatch.setattr(time, "time", lambda: wall_s)
    again = JobWork(store)
    assert again.requeue_lost(SUPERVISOR) == ()
    wall_s += 31.0
    later_s = time.monotonic() + 31.0
    monkeypatch.setattr(time, "monotonic", lambda: later_s)
    assert len(again.requeue_lost(SUPERVISOR)) == 1


def test_a_queued_job_is_cancelled_at_once_and_a_running_one_is_asked(store: Store) -> None:
    queued = store.jobs.submit(TILDA, {}, device="gpu")
    assert store.jobs.stop(TILDA, queued.id).state is State.CANCELLED
    running = store.jobs.submit(TILDA, {})
    claim = _claim(store).claim
    assert store.jobs.stop(TILDA, running.id, Stop.KEEP_BEST).state is State.RUNNING
    assert store.jobs.work.renew(SUPERVISOR, claim) is Stop.KEEP_BEST
    store.jobs.stop(TILDA, running.id, Stop.CANCEL)
    store.jobs.stop(TILDA, running.id, Stop.KEEP_BEST)  # does not soften it
    assert store.jobs.work.renew(SUPERVISOR, claim) is Stop.CANCEL
    store.jobs.work.finish(SUPERVISOR, claim, State.CANCELLED)
    with pytest.raises(JobError, match="already ended"):
        store.jobs.stop(TILDA, running.id)


def test_a_cancelled_job_that_loses_its_worker_is_not_started_again(store: Store) -> None:
    job = store.jobs.submit(TILDA, {})
    _claim(store, now=0.0)
    store.jobs.stop(TILDA, job.id)
    store.jobs.work.requeue_lost(SUPERVISOR, now=31.0)
    assert store.jobs.get(TILDA, job.id).state is State.CANCELLED


def test_a_failed_job_is_retried_with_its_attempts_counting_on(store: Store) -> None:
    job = store.jobs.submit(TILDA, {}, max_attempts=1)
    first = _claim(store).claim
    store.jobs.work.release(SUPERVISOR, first, "The engine is gone.")
    assert store.jobs.get(TILDA, job.id).state is State.FAILED
    again = store.jobs.retry(TILDA, job.id)
    assert (again.state, again.error, again.finished_at) == (State.QUEUED, None, None)
    assert _claim(store).attempt == 2
    with pytest.raises(JobError, match="Only a failed"):
        store.jobs.retry(TILDA, job.id)
    assert verify(store, ADA).is_intact


def test_what_cannot_be_is_refused(store: Store) -> None:
    with pytest.raises(UsageError, match="at least one attempt"):
        store.jobs.submit(TILDA, {}, max_attempts=0)
    with pytest.raises(StoreError, match="cannot be kept"):
        store.jobs.submit(TILDA, {"rate": float("inf")})
    with pytest.raises(JobError, match="no such job"):
        store.jobs.get(TILDA, "x")
    store.jobs.submit(TILDA, {})
    with pytest.raises(JobError, match="ends as"):
        store.jobs.work.finish(SUPERVISOR, _claim(store).claim, State.QUEUED)


_CLAIMER = """
import json, os
from tests.store.test_jobs import SUPERVISOR, State, _claim

own, won = Store.open(), []
while (job := _claim(own, f"cpu:{os.getpid()}@h")) is not None:
    won.append(job.id)
    own.jobs.work.finish(SUPERVISOR, job.claim, State.SUCCEEDED)
json.dump(won, sys.stdout)
"""


def test_of_many_processes_claiming_at_once_each_job_is_won_by_one(
    store: Store, tmp_path: Path
) -> None:
    submitted = [store.jobs.submit(TILDA, {"number": number}).id for number in range(12)]
    won = [json.loads(told) for told in together(_CLAIMER, 3, tmp_path)]
    assert sorted(id for ids in won for id in ids) == sorted(submitted)
    assert all(job.attempt == 1 for job in store.jobs.list(TILDA).jobs)
    assert verify(store, ADA).is_intact


def test_of_threads_claiming_for_one_device_exactly_one_wins(store: Store) -> None:
    for _ in range(4):
        store.jobs.submit(TILDA, {})
    won = []
    threads = [threading.Thread(target=lambda: won.append(_claim(store))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([job for job in won if job is not None]) == 1


_STEPS = st.lists(
    st.sampled_from(["submit", "claim", "renew", "finish", "lose", "stop", "retry", "late"]),
    max_size=12,
)


@settings(max_examples=12)
@given(steps=_STEPS)
def test_whatever_happens_no_job_is_lost_run_twice_or_ended_twice(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARNCNN_HOME", str(tmp_path_factory.mktemp("home")))
        store = Store.open()
    work, clock, claims, submitted = store.jobs.work, 0.0, [], 0
    for step in steps:
        clock += 1.0
        try:
            if step == "submit":
                store.jobs.submit(TILDA, {}, now=clock)
                submitted += 1
            elif step == "claim":
                job = _claim(store, now=clock)
                claims += [job.claim] if job else []
            elif step == "lose":
                clock += 100.0
                work.requeue_lost(SUPERVISOR, now=clock)
            elif step == "late" and claims:
                work.finish(SUPERVISOR, claims[0], State.SUCCEEDED, now=clock)
            elif claims and step == "renew":
                work.renew(SUPERVISOR, claims[-1], now=clock)
            elif claims and step == "finish":
                work.finish(SUPERVISOR, claims[-1], State.SUCCEEDED, now=clock)
            elif claims and step == "stop":
                store.jobs.stop(TILDA, claims[-1].job_id)
            elif claims and step == "retry":
                store.jobs.retry(TILDA, claims[-1].job_id)
        except JobError:  # refused, as it should be: the invariants below still hold
            continue
    jobs = store.jobs.list(TILDA).jobs
    assert len(jobs) == submitted
    assert sum(job.state is State.RUNNING for job in jobs) <= 1
    assert len(set(claims)) == len(claims)  # no attempt was given out twice
    for job in jobs:
        ends = [e for e in store.jobs.events(TILDA, job.id) if e.kind == "succeeded"]
        assert len(ends) == (job.state is State.SUCCEEDED)
    assert verify(store, ADA).is_intact
    store.close()
