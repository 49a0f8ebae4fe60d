"""Where trainings run: on this machine (``local``) or on a Ray cluster (``ray``)."""

import os
from typing import TYPE_CHECKING

from arncnn.errors import UsageError

if TYPE_CHECKING:
    from arncnn.jobs.engines.base import Engine


def chosen() -> "Engine":
    """The engine that ``ARNCNN_ENGINE`` names: "local" (default) or "ray".

    Raises:
        UsageError: there is no engine of that name.
    """
    name = os.environ.get("ARNCNN_ENGINE") or "local"
    if name == "local":
        from arncnn.jobs.engines.local import LocalEngine

        return LocalEngine()
    if name == "ray":
        from arncnn.jobs.engines.ray import RayEngine

        return RayEngine.from_environment()
    raise UsageError(f"ARNCNN_ENGINE={name} is not supported; use local or ray.")
