"""``pacs``: scans from archives, read and answered by a process that stays."""

import argparse
import json
import sys
from typing import Any

from arncnn.cli.on_store import carry_out
from arncnn.errors import UsageError

_EPILOG = """\
One process takes scans in, has the model in service read them, and answers where a source asks for
it. It is kept running, for example as a systemd service:

  python -m arncnn pacs add ARCHIVE --url http://localhost:8042/dicom-web --answer stow
  python -m arncnn pacs work

User and password are named, never given: --credential env:ARCHIVE_LOGIN ("user:password" in that
variable) or --credential file:/path.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    parser.epilog = _EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    work = actions.add_parser("work", help="receive, read and answer until stopped")
    work.add_argument("--until-idle", action="store_true", help="end when nothing is left to do")
    actions.add_parser("receive", help="only receive; 'work' starts this itself")
    actions.add_parser("list", help="all sources and their state")
    _settings(actions.add_parser("add", help="a new source"))
    for name, line in (
        ("check", "test every connection to a source"),
        ("pause", "receive nothing from a source and send nothing to it"),
        ("resume", "resume a source"),
        ("retry", "retry everything that needs a person"),
    ):
        actions.add_parser(name, help=line).add_argument("name", metavar="NAME")


def _settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("--url", default="", help="root of its DICOMweb services")
    parser.add_argument("--orthanc-url", default="", metavar="URL", help="root of an Orthanc")
    parser.add_argument("--credential", default="", metavar="REF", help="env:NAME or file:/path")
    parser.add_argument("--only-on-demand", action="store_true", help="read only what is requested")
    parser.add_argument("--ae-title", default="", metavar="AE", help="its AE title")
    parser.add_argument("--host", default="", help="the address it sends from")
    parser.add_argument("--port", type=int, default=0, help="of its DICOM service")
    parser.add_argument("--answer", choices=("none", "stow", "cstore"), default="none")
    parser.add_argument("--capture", action="store_true", help="also answer with an image")
    parser.add_argument("--quiet", type=float, default=30.0, metavar="S", help="wait for a series")
    parser.add_argument("--slices", type=int, default=5, metavar="N", help="read of a series")
    parser.add_argument("--viewer", default="", metavar="URL", help="with {study} in it")


def run(arguments: argparse.Namespace) -> int:
    """Carry out the action."""
    return carry_out(_ACTIONS, arguments)


def _work(store: Any, arguments: argparse.Namespace) -> int:
    from arncnn.intake import sandbox
    from arncnn.pacs.running import at_work
    from arncnn.pacs.work import Work

    with at_work(1.0) as held:
        if held is None:
            _say("Another such process is running on this machine.")
            return 1
        sandbox.shared().start()
        Work(store, _say).run(until_idle=arguments.until_idle)
    return 0


def _receive(store: Any, arguments: argparse.Namespace) -> int:
    from arncnn.pacs.receiver import serve

    serve(store, _say)
    return 0


def _list(store: Any, arguments: argparse.Namespace) -> int:
    from arncnn.store import LOCAL_USER

    queues = store.sources.queues(LOCAL_USER)
    for source in store.sources.list(LOCAL_USER):
        line = {"name": source.name, "is_paused": source.is_paused}
        settings = {"settings": source.settings.to_json()}
        sys.stdout.write(json.dumps({**line, **vars(queues[source.id]), **settings}) + "\n")
    return 0


def _add(store: Any, arguments: argparse.Namespace) -> int:
    from arncnn.store import LOCAL_USER
    from arncnn.store.source import Answer, SourceSettings

    settings = SourceSettings(
        url=arguments.url,
        orthanc_url=arguments.orthanc_url,
        credential=arguments.credential,
        is_followed=not arguments.only_on_demand,
        ae_title=arguments.ae_title,
        host=arguments.host,
        port=arguments.port,
        answer=Answer(arguments.answer),
        has_capture=arguments.capture,
        quiet_s=arguments.quiet,
        slices=arguments.slices,
        viewer=arguments.viewer,
    )
    store.sources.add(LOCAL_USER, arguments.name, settings)
    return 0


def _check(store: Any, arguments: argparse.Namespace) -> int:
    from arncnn.pacs.checking import check

    tried = list(check(_named(store, arguments.name).settings))
    for each in tried:
        sys.stdout.write(json.dumps(vars(each)) + "\n")
    return 0 if all(each.is_well for each in tried) else 1


def _pause(store: Any, arguments: argparse.Namespace) -> int:
    from arncnn.store import LOCAL_USER

    source = _named(store, arguments.name)
    store.sources.pause(LOCAL_USER, source.id, is_paused=arguments.action == "pause")
    return 0


def _retry(store: Any, arguments: argparse.Namespace) -> int:
    from arncnn.store import LOCAL_USER

    count = store.sources.try_again(LOCAL_USER, _named(store, arguments.name).id)
    sys.stdout.write(json.dumps({"rows": count}) + "\n")
    return 0


def _named(store: Any, name: str) -> Any:
    from arncnn.store import LOCAL_USER

    for source in store.sources.list(LOCAL_USER):
        if source.name == name:
            return source
    raise UsageError("There is no source of that name; 'pacs list' shows them.")


def _say(sentence: str) -> None:
    sys.stderr.write(sentence + "\n")
    sys.stderr.flush()


_ACTIONS = {
    "work": _work,
    "receive": _receive,
    "list": _list,
    "add": _add,
    "check": _check,
    "pause": _pause,
    "resume": _pause,
    "retry": _retry,
}
