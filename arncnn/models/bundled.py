"""Bundled models: the folders that came with this version, pinned by their sums."""

from pathlib import Path

from arncnn.config import BUNDLED_MODELS

# SHA-256 of each model.json, which holds the sums of all other files; `make pin` renews them.
SUMS = {
    "paper": "4953743454e76c7308b7e4054241b9f7f0697db8681b0310d24f7dbf79e38f24",
    "robust": "13226886d9e76a7475be0d140921b882f7b5e2c2ba4daa47e66b9d007c848ab1",
}


def pinned(folder: Path) -> str | None:
    """The sum that the folder's ``model.json`` must have; None when it is no bundled model."""
    folder = folder.resolve()
    return SUMS.get(folder.name, "") if folder.parent == BUNDLED_MODELS.resolve() else None
