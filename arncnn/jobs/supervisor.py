"""Supervisor: takes jobs from the queue, has them trained, and writes down what becomes of them.

It is the only writer. Whatever is killed, the next supervisor finds the truth in the store and
the trainers at work: it takes on those whose attempt is still the current one, ends those that
nobody waits for, and requeues jobs whose lease ran out. Nothing is kept in memory that could
not be read again.
"""

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from arncnn.errors import ArncnnError, JobError, StoreError
from arncnn.jobs import candidate, failure, inputs
from arncnn.jobs.engines.base import Engine, EngineAwayError, Launch, log_of
from arncnn.jobs.running_attempt import RunningAttempt
from arncnn.store import Store
from arncnn.store.job import Claim, Job, LeaseLostError, State, Stop
from arncnn.store.job_work import ALTERED, LEASE_S
from arncnn.store.roles import SUPERVISOR
from arncnn.store.seals import AlteredError

TICK_S = 0.25
_RENEWALS_A_LEASE = 3
_LEAST_FREE_BYTES = 300 * 2**20  # checkpoints (two of 60 MB), log and model of one training
_LOG_TAIL = 20_000  # bytes that can tell why a trainer failed
_PAUSE_AFTER_TROUBLE_S = 2.0


class Supervisor:
    """Works through the queue of one store with one engine."""

    def __init__(
        self,
        store: Store,
        engine: Engine,
        *,
        command: Callable[[Path], tuple[str, ...]] = inputs.command,
        prepare_inputs: Callable[[Store, Job], Path] = inputs.prepare_inputs,
        lease_s: float = LEASE_S,
        say: Callable[[str], None] = lambda sentence: None,
    ) -> None:
        """Prepare to work.

        Args:
            store: of the queue.
            engine: where trainings run.
            command: the program that carries out an attempt in a folder.
            prepare_inputs: writes an attempt's inputs and gives its folder.
            lease_s: seconds after which a silent supervisor has lost its jobs.
            say: told in sentences what happens.
        """
        self._store, self._engine = store, engine
        self._command, self._prepare_inputs = command, prepare_inputs
        self._lease_s, self._say = lease_s, say
        self._watched: dict[str, RunningAttempt] = {}
        self._swept_s = 0.0

    def run(self, *, idle_s: float | None = None) -> None:
        """Work until stopped, or until there was nothing to do for ``idle_s`` seconds."""
        idle_since_s: float | None = None
        while True:
            pause_s = TICK_S
            try:
                is_busy = self.tick()
            except (StoreError, JobError) as error:  # busy, full or away: nothing is lost
                self._say(str(error))
                is_busy, pause_s = True, _PAUSE_AFTER_TROUBLE_S
            now = time.monotonic()
            idle_since_s = None if is_busy else (idle_since_s or now)
            if idle_s is not None and idle_since_s is not None and now - idle_since_s >= idle_s:
                return
            time.sleep(pause_s)

    def tick(self) -> bool:
        """Look after everything once; True while a job runs.

        Raises:
            StoreError: the store cannot be read or written now.
        """
        self._carry_out_cancellations()
        now = time.monotonic()
        if now - self._swept_s > self._lease_s / _RENEWALS_A_LEASE or not self._swept_s:
            self._renew_all()
            self._take_on()
            self._store.jobs.work.requeue_lost(SUPERVISOR)
            self._swept_s = now
        for watched in list(self._watched.values()):
            self._look_after(watched)
        busy = {watched.device for watched in self._watched.values()}
        for device in self._engine.devices():
            if device not in busy:
                self._start_next(device)
        return bool(self._watched)

    def _carry_out_cancellations(self) -> None:
        """First of all, and by one read: what else a tick does may take its time."""
        for claim in self._store.jobs.work.cancelled(SUPERVISOR):
            watched = self._watched.get(claim.job_id)
            is_ours = watched is not None and watched.claim == claim
            if watched is not None and is_ours and self._end(watched):
                self._finish(claim, State.CANCELLED)

    def _take_on(self) -> None:
        """Find the trainers of supervisors that are gone; end those nobody waits for."""
        running = self._store.jobs.list(SUPERVISOR, state=State.RUNNING, limit=1000).jobs
        ours = set(self._engine.devices())
        for job in running:
            if job.id in self._watched or job.engine != self._engine.name or job.device not in ours:
                continue
            try:
                reference = job.engine_ref or self._engine.find(job.id, job.attempt)
            except EngineAwayError as error:
                self._say(str(error))
                return
            if reference is None:
                self._give_up(job.claim, "Its supervisor ended before the trainer began.")
                continue
            self._say(f"job {job.id}: taken on, attempt {job.attempt}")
            self._watch(job, reference)
        try:
            self._engine.end_orphans({job.id: job.attempt for job in running})
        except EngineAwayError as error:
            self._say(str(error))

    def _start_next(self, device: str) -> None:
        work = self._store.jobs.work
        job = work.claim(SUPERVISOR, device, engine=self._engine.name, lease_s=self._lease_s)
        if job is None:
            return
        self._say(f"job {job.id}: attempt {job.attempt} on {device}")
        try:
            reference = self._launch(job)
        except OSError as error:
            self._finish(job.claim, State.FAILED, error=failure.of_exception(error).sentence)
        except (StoreError, EngineAwayError) as error:
            self._give_up(job.claim, str(error))
        except ArncnnError as error:
            self._finish(job.claim, State.FAILED, error=str(error))
        else:
            self._watch(job, reference)

    def _launch(self, job: Job) -> str:
        folder = self._prepare_inputs(self._store, job)
        if shutil.disk_usage(folder).free < _LEAST_FREE_BYTES:
            raise JobError(failure.disk_full().sentence)
        device = job.device or ""
        environment = {"ARNCNN_DEVICE": device}
        command = self._command(folder)
        return self._engine.launch(
            Launch(job.id, job.attempt, command, folder, device, environment)
        )

    def _watch(self, job: Job, reference: str) -> None:
        watched = RunningAttempt(job, reference, inputs.folder_of(job.id), self._engine)
        try:
            self._renew(watched)
        except LeaseLostError:
            self._end(watched)
        else:
            self._watched[job.id] = watched

    def _look_after(self, watched: RunningAttempt) -> None:
        try:
            asked = self._asked(watched)
            self._hear(watched)
            if asked == Stop.KEEP_BEST and watched.may_stop:
                self._engine.ask_to_stop(watched.reference, watched.folder)
                watched.is_told_to_stop = True
            status = self._engine.poll(watched.reference)
            watched.is_answered = True
            if not status.is_running:
                self._hear(watched)  # what it said between the last look and its end
                self._conclude(watched, status.exit_code)
        except LeaseLostError:
            self._drop(watched)
        except AlteredError:
            self._set_aside(watched)
        except EngineAwayError as error:
            self._miss(watched, error)
        except JobError as error:  # the shared artefacts are away: asked to stop again later
            self._say(str(error))

    def _end(self, watched: RunningAttempt) -> bool:
        """End a trainer now; False when the engine does not answer: an orphan is ended later."""
        try:
            self._engine.cancel(watched.reference)
        except EngineAwayError as error:
            self._miss(watched, error)
            return False
        return True

    def _miss(self, watched: RunningAttempt, error: EngineAwayError) -> None:
        """The engine does not answer: the lease, no longer renewed, decides."""
        if watched.is_answered:
            self._say(f"job {watched.claim.job_id}: {error}")
        watched.is_answered = False

    def _asked(self, watched: RunningAttempt) -> Stop | None:
        job = self._store.jobs.get(SUPERVISOR, watched.claim.job_id)
        if job.state is not State.RUNNING or job.attempt != watched.claim.attempt:
            raise LeaseLostError("Another attempt took the job on, or it has ended.")
        return job.stop_flag

    def _hear(self, watched: RunningAttempt) -> None:
        """Write down what the trainer has said since the last look."""
        for kind, payload, progress in watched.read_events():
            if kind:
                self._store.jobs.work.event(
                    SUPERVISOR, watched.claim, kind, payload, progress=progress
                )
            else:
                self._renew(watched, progress)

    def _renew(self, watched: RunningAttempt, progress: dict[str, Any] | None = None) -> None:
        self._store.jobs.work.renew(
            SUPERVISOR,
            watched.claim,
            lease_s=self._lease_s,
            engine_ref=watched.reference,
            progress=progress,
        )

    def _renew_all(self) -> None:
        for watched in [known for known in self._watched.values() if known.is_answered]:
            try:
                self._renew(watched)
            except LeaseLostError:
                self._drop(watched)

    def _drop(self, watched: RunningAttempt) -> None:
        """End a trainer whose attempt is over; what it finds out is refused."""
        self._say(f"job {watched.claim.job_id}: attempt {watched.claim.attempt} is over")
        self._end(watched)
        self._forget(watched.claim)

    def _set_aside(self, watched: RunningAttempt) -> None:
        """End a trainer whose job's record was altered; the other jobs go on."""
        self._end(watched)
        self._store.jobs.work.set_aside(SUPERVISOR, watched.claim.job_id)
        self._say(f"job {watched.claim.job_id}: {ALTERED}")
        self._forget(watched.claim)

    def _conclude(self, watched: RunningAttempt, exit_code: int | None) -> None:
        said = watched.latest_events(self._store)
        if "done" in said:
            try:
                self._renew(watched)  # an orphan's result is refused here
                result = candidate.register(self._store, watched.claim, watched.folder, said)
            except (StoreError, LeaseLostError):
                raise
            except ArncnnError as error:
                self._finish(watched.claim, State.FAILED, error=str(error))
            else:
                self._finish(watched.claim, State.SUCCEEDED, result=result)
            return
        log = log_of(watched.folder, watched.claim.attempt)
        tail = self._engine.read(watched.reference, log, max(0, watched.offset - _LOG_TAIL))
        reason = failure.of_log(tail.decode(errors="replace"), exit_code, watched.device)
        if reason.may_pass:
            self._give_up(watched.claim, reason.sentence)
        else:
            self._finish(watched.claim, State.FAILED, error=reason.sentence)

    def _finish(
        self,
        claim: Claim,
        state: State,
        *,
        result: dict[str, Any] | None = None,
        error: str | None = None,
    ) -> None:
        try:
            self._store.jobs.work.finish(SUPERVISOR, claim, state, result=result, error=error)
            self._say(f"job {claim.job_id}: {state.value}{'. ' + error if error else ''}")
        except AlteredError:
            self._store.jobs.work.set_aside(SUPERVISOR, claim.job_id)
            self._say(f"job {claim.job_id}: {ALTERED}")
        except LeaseLostError as lost:
            self._say(f"job {claim.job_id}: {lost}")
        self._forget(claim)

    def _give_up(self, claim: Claim, reason: str) -> None:
        try:
            job = self._store.jobs.work.release(SUPERVISOR, claim, reason)
            self._say(f"job {claim.job_id}: {reason} It is {job.state.value}.")
        except LeaseLostError as lost:
            self._say(f"job {claim.job_id}: {lost}")
        self._forget(claim)

    def _forget(self, claim: Claim) -> None:
        self._watched.pop(claim.job_id, None)
