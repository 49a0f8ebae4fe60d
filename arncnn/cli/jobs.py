"""``jobs``: everything the retraining page does, without a browser."""

import argparse
import json
import sys
import time
from typing import Any

from arncnn.cli.on_store import carry_out
from arncnn.errors import UsageError

_EPILOG = """\
A nightly run needs no server, only cron. At 2 o'clock, when at least 10 corrections were
approved since the last training; cron mails the reason when it failed (one line in the crontab):

  0 2 * * * cd /path/to/arncnn && .venv/bin/python -m arncnn jobs start --only-if-corrected 10
            --yes --wait >> nightly.log 2>&1 || tail -n 1 nightly.log

The candidate waits, compared with the model in service, until a person promotes it.

A machine that only trains keeps one supervisor running ('jobs work', for example as a systemd
service). With ARNCNN_ENGINE=ray and RAY_ADDRESS the trainings run on a Ray cluster.
"""
_FOLLOW_EVERY_S = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    parser.epilog = _EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("list", help="all trainings, newest first")
    _start(actions.add_parser("start", help="queue a training"))
    show = actions.add_parser("show", help="one training and its log")
    show.add_argument("job", metavar="JOB")
    show.add_argument(
        "--follow",
        action="store_true",
        help="print events until it ends; exit code 1 if it made no model",
    )
    for name, line in (
        ("cancel", "end a training now, without a model"),
        ("stop", "end a training after its current step and keep the best so far"),
        ("retry", "queue a failed or cancelled training again; it resumes from its checkpoint"),
    ):
        actions.add_parser(name, help=line).add_argument("job", metavar="JOB")
    work = actions.add_parser("work", help="run queued trainings, one per device")
    work.add_argument("--until-idle", action="store_true", help="end when nothing is left to do")
    devices = actions.add_parser("devices", help="where trainings can run, and how fast")
    devices.add_argument("--measure", action="store_true", help="measure again, about a minute")


def _start(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--recipe", default="fine-tune", help="fine-tune (default), transfer, robust or paper"
    )
    parser.add_argument("--epochs", type=int, metavar="N", help="at most")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--subset", type=int, metavar="N", help="of the data set, N images only")
    parser.add_argument("--batch-size", type=int, metavar="N", help="images per step (batch size)")
    parser.add_argument("--from", dest="source", metavar="SOURCE", help="of the data")
    parser.add_argument("--device", default="any", help="any (default), cpu, gpu or gpu:0@host")
    parser.add_argument("--from-scratch", action="store_true", help="not from the model in service")
    parser.add_argument("--no-corrections", action="store_true", help="on the data set alone")
    parser.add_argument(
        "--only-if-corrected",
        type=int,
        default=0,
        metavar="N",
        help="do nothing unless N corrections were approved since the last training",
    )
    parser.add_argument("--dry-run", action="store_true", help="print what would be trained")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument(
        "--wait",
        action="store_true",
        help="train now and wait; exit code 1 if it made no model",
    )


def run(arguments: argparse.Namespace) -> int:
    """Carry out the action."""
    return carry_out(_ACTIONS, arguments)


def _list(store: Any, arguments: argparse.Namespace) -> int:
    from arncnn.store import LOCAL_USER

    for job in store.jobs.list(LOCAL_USER, limit=1000).jobs:
        _print(_summary(job))
    return 0


def _start_job(store: Any, arguments: argparse.Namespace) -> int:
    from arncnn.jobs import plan, single
    from arncnn.jobs.training_spec import FROM_SCRATCH, FROM_SERVICE, TrainingSpec
    from arncnn.store import LOCAL_USER

    spec = TrainingSpec(
        arguments.recipe,
        epochs=arguments.epochs,
        seed=arguments.seed,
        subset=arguments.subset,
        batch_size=arguments.batch_size,
        source=arguments.source,
        start=FROM_SCRATCH if arguments.from_scratch else FROM_SERVICE,
        use_corrections=not arguments.no_corrections,
    )
    planned = plan.make_plan(store, LOCAL_USER, spec, arguments.device)
    if planned.corrections_since < arguments.only_if_corrected:
        sys.stderr.write(
            f"Nothing to do: {planned.corrections_since} corrections were approved since "
            f"the last training, and {arguments.only_if_corrected} are required.\n"
        )
        return 0
    for sentence in planned.sentences():
        sys.stderr.write(sentence + "\n")
    if arguments.dry_run:
        _print(planned.to_json())
        return 0
    if not arguments.yes:
        if not sys.stdin.isatty():
            raise UsageError("Use --yes to queue this training without confirmation.")
        sys.stderr.write("Queue this training? [y/N] ")
        sys.stderr.flush()
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            return 0
    job = plan.submit(store, LOCAL_USER, planned)
    _print(_summary(job))
    if arguments.wait:
        return _wait(store, job)
    if not single.is_supervised():
        sys.stderr.write("No supervisor is running: python -m arncnn jobs work\n")
    return 0


def _wait(store: Any, job: Any) -> int:
    """Until it has ended; stopping this program leaves the training at work."""
    from arncnn.jobs import single
    from arncnn.store import LOCAL_USER

    while not job.is_final:
        single.ensure_supervised(store)  # whatever ended the last one
        time.sleep(_FOLLOW_EVERY_S)
        job = store.jobs.get(LOCAL_USER, job.id)
    _print(_summary(job))
    return _exit_code(job)


def _exit_code(job: Any) -> int:
    """0 when the training led to a model; else 1, and the reason as the last line."""
    from arncnn.store.job import State

    if job.state is State.SUCCEEDED:
        return 0
    sys.stderr.write(f"arncnn: The training {job.state.value}. {job.error or ''}".rstrip() + "\n")
    return 1


def _show(store: Any, arguments: argparse.Namespace) -> int:
    from arncnn.store import LOCAL_USER

    after = 0
    while True:
        job = store.jobs.get(LOCAL_USER, arguments.job)
        for event in store.jobs.events(LOCAL_USER, arguments.job, after=after):
            after = event.number
            line = {"number": event.number, "attempt": event.attempt, "at": event.at}
            _print({**line, "kind": event.kind, **event.payload})
        if not arguments.follow or job.is_final:
            break
        time.sleep(_FOLLOW_EVERY_S)
    _print({**_summary(job), "spec": dict(job.spec), "progress": dict(job.progress)})
    return _exit_code(job) if arguments.follow else 0


def _stop(store: Any, arguments: argparse.Namespace) -> int:
    from arncnn.store import LOCAL_USER
    from arncnn.store.job import Stop

    how = Stop.CANCEL if arguments.action == "cancel" else Stop.KEEP_BEST
    _print(_summary(store.jobs.stop(LOCAL_USER, arguments.job, how)))
    return 0


def _retry(store: Any, arguments: argparse.Namespace) -> int:
    from arncnn.store import LOCAL_USER

    _print(_summary(store.jobs.retry(LOCAL_USER, arguments.job)))
    return 0


def _work(store: Any, arguments: argparse.Namespace) -> int:
    from arncnn.jobs import single

    def report(sentence: str) -> None:
        sys.stderr.write(sentence + "\n")
        sys.stderr.flush()

    return 0 if single.work(store, until_idle=arguments.until_idle, report=report) else 1


def _devices(store: Any, arguments: argparse.Namespace) -> int:
    from arncnn.jobs import devices

    _print(devices.survey(anew=arguments.measure).to_json())
    return 0


def _summary(job: Any) -> dict[str, Any]:
    return {
        "id": job.id,
        "state": job.state.value,
        "attempt": job.attempt,
        "recipe": job.spec.get("recipe"),
        "device": job.device or job.wanted_device,
        "created_by": job.created_by,
        "created_at": job.created_at,
        "stop": job.stop_flag.value if job.stop_flag else None,
        "error": job.error,
        "result": dict(job.result) if job.result else None,
    }


def _print(values: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


_ACTIONS = {
    "list": _list,
    "start": _start_job,
    "show": _show,
    "cancel": _stop,
    "stop": _stop,
    "retry": _retry,
    "work": _work,
    "devices": _devices,
}
