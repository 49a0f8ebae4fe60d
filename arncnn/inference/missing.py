"""missing: files of a shard that were listed and not found when it was read.

That is no fault of theirs: they may lie on a folder that is not mounted on that machine. So they
have no row, and whoever gives the command looks for them before they are read again.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from arncnn.intake import remote
from arncnn.intake.delivery import faults, reason_of


@dataclass(frozen=True)
class Missing:
    """Files of a shard that were not found.

    Attributes:
        host: the machine that did not find them.
        files: their paths or addresses, as listed.
        others: files of the shard that did not come by another fault.
    """

    host: str
    files: list[str]
    others: int

    @classmethod
    def from_json(cls, data: bytes) -> "Missing":
        """What ``to_json`` wrote."""
        return cls(**json.loads(data))

    def to_json(self) -> bytes:
        """To keep it beside the shard's rows."""
        return json.dumps(asdict(self)).encode()

    def is_all(self, here: str) -> bool:
        """Whether the shard wants no other file, and this machine finds none of these, either.

        Args:
            here: folder that relative paths start from.
        """
        return not self.others and not any(_is_there(name, here) for name in self.files)


def _is_there(name: str, here: str) -> bool:
    """Whether this machine finds a file; True, too, when that cannot be told now."""
    try:
        if remote.is_address(name):
            remote.look(name)
        else:
            (Path(here) / name).stat()
    except faults() as error:
        return reason_of(error).code != "missing"
    return True
