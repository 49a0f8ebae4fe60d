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
from arncnn.store.job_rows import ALTERED
from arncnn.store.job_work import LEASE_S, JobWork
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
        report: Callable[[str], object] = lambda sentence: None,
    ) -> None:
        """Prepare to work.

        Args:
            store: of the queue.
            engine: where trainings run.
            command: the program that carries out an attempt in a folder.
            prepare_inputs: writes an attempt's inputs and gives its folder.
            lease_s: seconds after which a silent supervisor has lost its jobs.
            report: told in sentences what happens.
        """
        self._store, self._engine = store, engine
        self._command, self._prepare_inputs = command, prepare_inputs
        self._lease_s, self._report = lease_s, report
        self._running: dict[str, RunningAttempt] = {}
        self._swept_s = 0.0

    @property
    def _work(self) -> JobWork:
        return self._store.jobs.work

    def run(self, *, idle_s: float | None = None) -> None:
        """Work until stopped, or until there was nothing to do for ``idle_s`` seconds."""
        idle_since_s: float | None = None
        while True:
            pause_s = TICK_S
            try:
                is_busy = self.tick()
            except (StoreError, JobError) as error:  # busy, full or away: nothing is lost
                self._report(str(error))
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
            self._adopt_trainers()
            self._work.requeue_lost(SUPERVISOR)
            self._swept_s = now
        for attempt in list(self._running.values()):
            self._look_after(attempt)
        busy = {attempt.device for attempt in self._running.values()}
        for device in self._engine.devices():
            if device not in busy:
                self._start_next(device)
        return bool(self._running)

    def _carry_out_cancellations(self) -> None:
        """First of all, and by one read: what else a tick does may take its time."""
        for claim in self._work.cancelled(SUPERVISOR):
            attempt = self._running.get(claim.job_id)
            if attempt is not None and attempt.claim == claim and self._cancel(attempt):
                self._finish(claim, State.CANCELLED)

    def _adopt_trainers(self) -> None:
        """Find the trainers of supervisors that are gone; end those nobody waits for."""
        running = self._store.jobs.list(SUPERVISOR, state=State.RUNNING, limit=1000).jobs
        ours = set(self._engine.devices())
        try:
            for job in running:
                is_ours = job.engine == self._engine.name and job.device in ours
                if job.id in self._running or not is_ours:
                    continue
                reference = job.engine_ref or self._engine.find(job.id, job.attempt)
                if reference is None:
                    self._release(job.claim, "Its supervisor ended before the trainer started.")
                else:
                    self._report(f"job {job.id}: taken on, attempt {job.attempt}")
                    self._follow(job, reference)
            self._engine.end_orphans({job.id: job.attempt for job in running})
        except EngineAwayError as error:
            self._report(str(error))

    def _start_next(self, device: str) -> None:
        job = self._work.claim(SUPERVISOR, device, engine=self._engine.name, lease_s=self._lease_s)
        if job is None:
            return
        self._report(f"job {job.id}: attempt {job.attempt} on {device}")
        try:
            reference = self._launch(job)
        except OSError as error:
            self._finish(job.claim, State.FAILED, error=failure.of_exception(error).sentence)
        except (StoreError, EngineAwayError) as error:
            self._release(job.claim, str(error))
        except ArncnnError as error:
            self._finish(job.claim, State.FAILED, error=str(error))
        else:
            self._follow(job, reference)

    def _launch(self, job: Job) -> str:
        folder = self._prepare_inputs(self._store, job)
        if shutil.disk_usage(folder).free < _LEAST_FREE_BYTES:
            raise JobError(failure.disk_full().sentence)
        device = job.device or ""
        return self._engine.launch(
            Launch(
                job.id,
                job.attempt,
                self._command(folder),
                folder,
                device,
                {"ARNCNN_DEVICE": device},
            )
        )

    def _follow(self, job: Job, reference: str) -> None:
        attempt = RunningAttempt(job, reference, inputs.folder_of(job.id), self._engine)
        try:
            self._renew(attempt)
        except LeaseLostError:
            self._cancel(attempt)
        else:
            self._running[job.id] = attempt

    def _look_after(self, attempt: RunningAttempt) -> None:
        try:
            stop = self._stop_wanted(attempt)
            self._store_events(attempt)
            if stop == Stop.KEEP_BEST and attempt.may_stop:
                self._engine.ask_to_stop(attempt.reference, attempt.folder)
                attempt.is_told_to_stop = True
            status = self._engine.poll(attempt.reference)
            attempt.is_answered = True
            if not status.is_running:
                self._store_events(attempt)  # those between the last look and its end
                self._settle(attempt, status.exit_code)
        except LeaseLostError:
            self._end_superseded(attempt)
        except AlteredError:
            self._cancel(attempt)
            self._quarantine(attempt.claim)
            self._running.pop(attempt.claim.job_id, None)
        except EngineAwayError as error:
            self._note_no_answer(attempt, error)
        except JobError as error:  # the shared artefacts are away: asked to stop again later
            self._report(str(error))

    def _cancel(self, attempt: RunningAttempt) -> bool:
        """End a trainer now; False when the engine does not answer: an orphan is ended later."""
        try:
            self._engine.cancel(attempt.reference)
        except EngineAwayError as error:
            self._note_no_answer(attempt, error)
            return False
        return True

    def _note_no_answer(self, attempt: RunningAttempt, error: EngineAwayError) -> None:
        """The engine does not answer: the lease, no longer renewed, decides."""
        if attempt.is_answered:
            self._report(f"job {attempt.claim.job_id}: {error}")
        attempt.is_answered = False

    def _stop_wanted(self, attempt: RunningAttempt) -> Stop | None:
        job = self._store.jobs.get(SUPERVISOR, attempt.claim.job_id)
        if job.state is not State.RUNNING or job.attempt != attempt.claim.attempt:
            raise LeaseLostError("Another attempt has taken over the job, or it has ended.")
        return job.stop_flag

    def _store_events(self, attempt: RunningAttempt) -> None:
        """Write down what the trainer told since the last look."""
        for kind, payload, progress in attempt.read_events():
            if kind:
                self._work.event(SUPERVISOR, attempt.claim, kind, payload, progress=progress)
            else:
                self._renew(attempt, progress)

    def _renew(self, attempt: RunningAttempt, progress: dict[str, Any] | None = None) -> None:
        self._work.renew(
            SUPERVISOR,
            attempt.claim,
            lease_s=self._lease_s,
            engine_ref=attempt.reference,
            progress=progress,
        )

    def _renew_all(self) -> None:
        for attempt in [known for known in self._running.values() if known.is_answered]:
            try:
                self._renew(attempt)
            except LeaseLostError:
                self._end_superseded(attempt)

    def _end_superseded(self, attempt: RunningAttempt) -> None:
        """End a trainer whose attempt is over; what it finds out is refused."""
        claim = attempt.claim
        self._report(f"job {claim.job_id}: attempt {claim.attempt} is over")
        self._cancel(attempt)
        self._running.pop(claim.job_id, None)

    def _settle(self, attempt: RunningAttempt, exit_code: int | None) -> None:
        """Write down how an attempt ended whose trainer is gone."""
        events = attempt.latest_events(self._store)
        if "done" in events:
            try:
                self._renew(attempt)  # an orphan's result is refused here
                result = candidate.register(self._store, attempt.claim, attempt.folder, events)
            except (StoreError, LeaseLostError):
                raise
            except ArncnnError as error:
                self._finish(attempt.claim, State.FAILED, error=str(error))
            else:
                self._finish(attempt.claim, State.SUCCEEDED, result=result)
            return
        log = log_of(attempt.folder, attempt.claim.attempt)
        tail = self._engine.read(attempt.reference, log, max(0, attempt.offset - _LOG_TAIL))
        reason = failure.of_log(tail.decode(errors="replace"), exit_code, attempt.device)
        if reason.may_pass:
            self._release(attempt.claim, reason.sentence)
        else:
            self._finish(attempt.claim, State.FAILED, error=reason.sentence)

    def _finish(
        self,
        claim: Claim,
        state: State,
        *,
        result: dict[str, Any] | None = None,
        error: str | None = None,
    ) -> None:
        try:
            self._work.finish(SUPERVISOR, claim, state, result=result, error=error)
            self._report(f"job {claim.job_id}: {state.value}{'. ' + error if error else ''}")
        except AlteredError:
            self._quarantine(claim)
        except LeaseLostError as lost:
            self._report(f"job {claim.job_id}: {lost}")
        self._running.pop(claim.job_id, None)

    def _release(self, claim: Claim, reason: str) -> None:
        """Give a job back: it is queued again, or fails when its attempts are used up."""
        try:
            job = self._work.release(SUPERVISOR, claim, reason)
            self._report(f"job {claim.job_id}: {reason} It is {job.state.value}.")
        except LeaseLostError as lost:
            self._report(f"job {claim.job_id}: {lost}")
        self._running.pop(claim.job_id, None)

    def _quarantine(self, claim: Claim) -> None:
        """Set a job apart whose record was altered; the other jobs go on."""
        self._work.set_aside(SUPERVISOR, claim.job_id)
        self._report(f"job {claim.job_id}: {ALTERED}")
