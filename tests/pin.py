"""``make pin``: the sums of the bundled models, put into ``arncnn/models/bundled.py``."""

import hashlib
import re
from pathlib import Path

from arncnn.config import BUNDLED_MODELS
from arncnn.models import bundled

TABLE = re.compile(r"SUMS = \{\n.*?\}\n", re.DOTALL)


def pinned(text: str, folder: Path = BUNDLED_MODELS) -> str:
    """The module's text with the sums of the models in the folder."""
    lines = [
        f'    "{file.parent.name}": "{hashlib.sha256(file.read_bytes()).hexdigest()}",\n'
        for file in sorted(folder.glob("*/model.json"))
    ]
    return TABLE.sub("SUMS = {\n" + "".join(lines) + "}\n", text)


if __name__ == "__main__":
    module = Path(bundled.__file__)
    module.write_text(pinned(module.read_text(encoding="utf-8")), encoding="utf-8")
