"""The errors a caller can act on. Every message is a sentence for the person who sees it.

A message says what was wrong, what was expected and what to do next. It never
quotes a header value, a file's content or its original name: those can hold
patient data.
"""


class ArncnnError(Exception):
    """Base of all errors this package raises on purpose."""

    exit_code = 1


class UsageError(ArncnnError):
    """A command or setting that cannot be carried out as written."""

    exit_code = 2


class IntakeError(ArncnnError):
    """A file that cannot become a scan.

    Attributes:
        code: the typed reason, stable across versions, e.g. ``"truncated"``.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        return type(self), (self.code, str(self))


class DataError(ArncnnError):
    """The data set is missing, incomplete or not what its name says."""


class ModelError(ArncnnError):
    """A model file is missing, altered, or does not fit the network it names."""


class TrainingError(ArncnnError):
    """A training that cannot start or go on."""


class StoreError(ArncnnError):
    """The case store cannot be read or written, or its contents fail their check."""


class PermissionDenied(ArncnnError):  # noqa: N818  the field's standard term
    """The signed-in person's role does not allow the action."""


class JobError(ArncnnError):
    """A job that cannot be queued, run or stopped as asked."""


class ReportError(ArncnnError):
    """A report that cannot be made of this case or file."""
