"""What must hold before anybody is served: whole accounts or none, and then only this machine.

Accounts fail closed. As soon as a ``secrets.toml`` exists it must hold a whole ``[auth]``
section; a file that is empty, cut off, mistyped or without that section serves nobody, at the
start as well as in a running dashboard. Only where no such file exists, and the store was
never used with accounts (``store.users``), is the visitor the local user, and then nothing but
loopback is opened, however the dashboard was started, and only to who has the token (``door``).
"""

import ipaddress
import os
import secrets
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from streamlit import config
from streamlit.web.bootstrap import load_config_options
from streamlit.web.cli import main_run

from arncnn.errors import UsageError
from arncnn.intake import walls

APP = Path(__file__).resolve().parent.parent.parent / "app.py"
_PUBLISHED_ON_LOOPBACK = "--no-token"
_NEEDED = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
_LOOPBACK = frozenset(map(ipaddress.ip_address, ("127.0.0.1", "::1")))
_is_published_on_loopback = False
_token: str | None = None


def prepare(arguments: Sequence[str]) -> list[str]:
    """Reads the command line as Streamlit will, and passes what may be served.

    Says in the terminal which of the decoder's walls this machine lacks.

    Args:
        arguments: options of ``streamlit run``, and ``--no-token``: a container's whose port
            its machine publishes on loopback only.

    Returns:
        The options that are Streamlit's.

    Raises:
        UsageError: the accounts are not whole, or there are none and the address is not
            loopback.
    """
    global _is_published_on_loopback
    _is_published_on_loopback = _PUBLISHED_ON_LOOPBACK in arguments
    options = [word for word in arguments if word != _PUBLISHED_ON_LOOPBACK]
    flags = main_run.make_context("streamlit run", [str(APP), *options]).params
    config._main_script_path = str(APP)
    load_config_options({name: flags[name] for name in flags.keys() - {"target", "args"}})
    if not accounts():
        require_loopback()
        token()
    for wall in walls.missing():
        sys.stderr.write(f"arncnn: {wall}\n")
    return options


def token() -> str | None:
    """What a browser must bring along where there are no accounts; None with ``--no-token``.

    It is ``ARNCNN_TOKEN``, else made anew at every start and printed with the address to open:
    whoever may read the terminal, or the log, finds it there.
    """
    global _token
    if _is_published_on_loopback:
        return None
    if _token is None:
        _token = os.environ.get("ARNCNN_TOKEN")
    if not _token:
        _token = secrets.token_urlsafe(24)
        port, path = config.get_option("server.port"), config.get_option("server.baseUrlPath")
        base = f"http://localhost:{port}/{path.strip('/')}".rstrip("/")
        sys.stderr.write(f"\n  Open the dashboard at {base}/?token={_token}\n\n")
        sys.stderr.flush()
    return _token


def accounts() -> bool:
    """Whether an identity provider is configured; read anew at every call.

    Raises:
        UsageError: a ``secrets.toml`` exists and does not hold a whole ``[auth]`` section.
    """
    found: dict[str, Any] = {}
    files = [path for path in secret_files() if path.is_symlink() or path.exists()]
    for path in files:
        try:
            found |= tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UsageError(_closed("cannot be read as TOML")) from error
    if not files:
        return False
    section = found.get("auth")
    if not isinstance(section, Mapping):
        raise UsageError(_closed("has no [auth] section"))
    for name in _NEEDED:
        value = section.get(name)
        if not (isinstance(value, str) and value.strip()):
            raise UsageError(_closed(f"has no {name} in its [auth] section"))
    return True


def require_served() -> None:
    """Ends a process that may serve nobody with a sentence, however it was started."""
    try:
        if not accounts():
            require_loopback()
    except UsageError as error:
        sys.stderr.write(f"arncnn: {error}\n")
        sys.exit(error.exit_code)


def require_loopback() -> None:
    """Passes when a dashboard without accounts is reached from its own machine only.

    Raises:
        UsageError: it would be open to a network.
    """
    address = config.get_option("server.address")
    if not (_is_published_on_loopback or is_loopback(address)):
        raise UsageError(
            f"The address {address or '(all of them)'} would open the dashboard to the network, "
            "and no accounts are configured. Add an [auth] section to .streamlit/secrets.toml "
            "(see README.md), or serve on localhost, 127.0.0.1 or ::1."
        )


def is_loopback(address: str | None) -> bool:
    """Whether an address to listen on is this machine's own.

    >>> is_loopback("localhost"), is_loopback("0:0:0:0:0:0:0:1"), is_loopback("127.0.0.1.example")
    (True, True, False)
    """
    try:
        return address == "localhost" or ipaddress.ip_address(address or "") in _LOOPBACK
    except ValueError:
        return False


def is_own_machine(host: str) -> bool:
    """Whether a connection's own end is loopback, so that its other end is on this machine.

    >>> is_own_machine("127.0.0.1"), is_own_machine("::ffff:127.0.0.1"), is_own_machine("10.0.0.1")
    (True, True, False)
    """
    try:
        found = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return (getattr(found, "ipv4_mapped", None) or found).is_loopback


def secret_files() -> list[Path]:
    """Where Streamlit looks for accounts: the user's file and the project's."""
    return [Path(name) for name in config.get_option("secrets.files")]


def _closed(fault: str) -> str:
    return (
        "The accounts are not fully configured, so nobody is served: "
        f".streamlit/secrets.toml {fault}. "
        'Complete the file (README.md, "Accounts"); to continue without accounts, remove it.'
    )
