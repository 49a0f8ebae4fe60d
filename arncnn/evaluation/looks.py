"""Looks: does what tells an outlier from a class survive each change of appearance?

Training changes how a scan looks. If a look made a head CT pass for a brain in MR, the output
"known" could not tell the two any more. So the test images of a class are shown in each look in
turn, and that output must still put them above the outliers which the network takes for the class.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from arncnn.data import Dataset, appearance, augment
from arncnn.data.outliers import Outliers
from arncnn.errors import UsageError
from arncnn.evaluation.auroc import Auroc
from arncnn.preprocess import normalize
from arncnn.uncertainty.known import Known
from arncnn.uncertainty.novelty_scores import FeatureSet

_SEED = 11
_OF_ONE_CLASS = ("one_breast",)  # looks of a single class's images
AS_IT_IS = "as it is"


def looks_report(
    forward: Callable[[np.ndarray], Any],
    known: Known,
    dataset: Dataset,
    rows: np.ndarray,
    outliers: Outliers,
    kinds: Sequence[str],
    images: int,
) -> dict[str, Any]:
    """The AUROC of each look and each kind of outlier.

    Args:
        forward: the compiled network.
        known: its score.
        dataset: of the classes.
        rows: int64, (n,), what may be shown of it: images it did not learn from.
        outliers: by kind.
        kinds: which of them; empty for all.
        images: at most so many of a class.

    Returns:
        ``kinds``: for each the class it is most often read as, and how many images of both;
        ``looks``: for each look and kind ``auroc`` and ``auroc_interval``.

    Raises:
        UsageError: there is no such kind.
    """
    counts = outliers.counts()
    if unknown := sorted(set(kinds) - set(counts)):
        raise UsageError(
            f"There is no kind {unknown[0]!r} among the outliers; choose from {', '.join(counts)}."
        )
    shown: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    about: dict[str, dict[str, Any]] = {}
    for kind in kinds or counts:
        logits, read_as = _logits(forward, known, outliers.only([kind]).images)
        label = int(np.bincount(read_as).argmax())
        own = np.random.default_rng(_SEED).permutation(rows[dataset.targets[rows] == label])
        shown[kind] = (np.asarray(dataset.images[np.sort(own[:images])]), logits)
        about[kind] = {
            "read_as": dataset.labels[label], "n": len(logits), "of_class": len(shown[kind][0]),
        }  # fmt: skip
    parts = {AS_IT_IS: None} | {
        part.__name__: part for part, *_ in appearance.LEARNED if part.__name__ not in _OF_ONE_CLASS
    }
    found: dict[str, dict[str, Any]] = {}
    for look, part in parts.items():
        found[look] = {}
        for kind, (of_class, logits) in shown.items():
            scores, _ = _logits(forward, known, _in_look(of_class, part))
            auroc = Auroc.of(scores, logits)
            found[look][kind] = {
                "auroc": auroc.value, "auroc_interval": [auroc.lower, auroc.upper],
            }  # fmt: skip
    return {"kinds": about, "looks": found}


def _in_look(
    images: np.ndarray, part: Callable[[augment.Image, augment.Generator], augment.Image] | None
) -> np.ndarray:
    """uint8, (n, 64, 64), in one look: float32, (n, 64, 64), 0 to 1."""
    rng = np.random.default_rng(_SEED)
    grey = images.astype(np.float32) / 255
    return grey if part is None else np.stack([part(image, rng) for image in grey])


def _logits(
    forward: Callable[[np.ndarray], Any], known: Known, images: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The logit "known" and the class that each image is read as: float32 and int64, (n,)."""
    passed = forward(normalize(images))
    features = FeatureSet.of(passed.vector, passed.conv_map)
    return -known.values(features), passed.logits.argmax(axis=1)
