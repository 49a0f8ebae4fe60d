"""Settings, all from the environment, and where things live.

Those of the store are in ``store.settings``, those of Ray in ``jobs.engines.ray``.

| Variable | Meaning | Default |
| --- | --- | --- |
| ``ARNCNN_HOME`` | data, cases, runs, registered models | the user's data folder |
| ``ARNCNN_DATA`` | where Medical MNIST comes from: archive, folder or URL | the public address |
| ``ARNCNN_MODEL`` | folder of the model to read with | the one in service, else the bundled one |
| ``ARNCNN_EXTERNAL`` | external scans, ``in/<Class>``, ``ood/<kind>``, to show | none |
| ``ARNCNN_DATA_SETS`` | folder whose folders trainers may name as data sets | none |
| ``ARNCNN_DATABASE`` | SQLAlchemy URL of the case store | SQLite in ``ARNCNN_HOME`` |
"""

import os
import stat
from pathlib import Path

import platformdirs

from arncnn.errors import UsageError

ASSETS = Path(__file__).resolve().parent.parent / "assets"
BUNDLED_MODELS = ASSETS / "models"
DEFAULT_MODEL = "robust"
INTENDED_USE = "For research and demonstration. Not for diagnosis."

_PRIVATE = 0o700  # scans and readings are for the owner's eyes
_OTHERS = 0o077


def home() -> Path:
    """The folder that holds data, cases and runs; of mode 0700, made when missing.

    Raises:
        UsageError: it cannot be made.
    """
    named = os.environ.get("ARNCNN_HOME")
    folder = Path(named).expanduser() if named else Path(platformdirs.user_data_dir("arncnn"))
    return _private(folder)


def folder_at_home(name: str) -> Path:
    """A folder within it, made when missing.

    Raises:
        UsageError: it cannot be made.
    """
    return _private(home() / name)


def jobs_folder() -> Path:
    """Where jobs keep what is theirs together: the measured devices, the supervisor's log."""
    return folder_at_home("jobs")


def _private(folder: Path) -> Path:
    try:
        folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        found = folder.stat()
        is_own = found.st_uid == os.geteuid() and not found.st_mode & stat.S_ISVTX
        if is_own and found.st_mode & _OTHERS:
            folder.chmod(_PRIVATE)
    except OSError as error:
        raise UsageError(
            f"The folder {folder} cannot be used ({error.strerror}). Set ARNCNN_HOME to "
            "another folder, or make this one writable."
        ) from error
    return folder


def data_source() -> str | None:
    """What ``ARNCNN_DATA`` names (a path or URL), or None for the public address."""
    return os.environ.get("ARNCNN_DATA") or None


def external_folder() -> Path | None:
    """The folder of external scans that the pages may show, or None."""
    named = os.environ.get("ARNCNN_EXTERNAL")
    folder = Path(named).expanduser() if named else None
    return folder if folder is not None and folder.is_dir() else None


def data_sets_folder() -> Path | None:
    """The folder on the server whose folders trainers may name as data sets, or None."""
    named = os.environ.get("ARNCNN_DATA_SETS")
    folder = Path(named).expanduser() if named else None
    return folder if folder is not None and folder.is_dir() else None


def database_url() -> str:
    """The SQLAlchemy URL of the case store."""
    return os.environ.get("ARNCNN_DATABASE") or f"sqlite:///{home() / 'arncnn.sqlite'}"


def default_model() -> Path:
    """The folder of the model to read with when none is named."""
    named = os.environ.get("ARNCNN_MODEL")
    return Path(named).expanduser() if named else BUNDLED_MODELS / DEFAULT_MODEL
