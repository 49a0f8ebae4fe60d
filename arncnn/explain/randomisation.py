"""Randomisation check (Adebayo et al. 2018, Sanity Checks for Saliency Maps, section 3.1).

The network's weights are replaced by fresh ones layer by layer, from the logits down to
the first convolution. A map that hardly changes does not show what was learnt.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from arncnn.explain import METHODS, HeadPass
from arncnn.explain.agreement import agreement
from arncnn.explain.probe import in_batches
from arncnn.network.arn_cnn import LAST_CONV
from arncnn.network.head import Head
from arncnn.progress import Progress

_RESAMPLES = 2000
COLLAPSED = 0.5  # mean rank correlation with the true map below which nothing of it is left


@dataclass(frozen=True)
class Cascade:
    """What is left of a method's maps as the weights go.

    Attributes:
        method: its name in ``METHODS``.
        layers: the layers in the order in which they were randomised.
        rank_correlation: mean over the images of Spearman's correlation between the map and
            that of the network randomised down to each layer, -1 to 1.
        interval: 95% bootstrap interval of each.
        images: number of images.
    """

    method: str
    layers: tuple[str, ...]
    rank_correlation: tuple[float, ...]
    interval: tuple[tuple[float, float], ...]
    images: int

    @property
    def is_collapsed(self) -> bool:
        """Whether the maps of the wholly random network no longer resemble the true ones."""
        return self.interval[-1][1] < COLLAPSED

    def to_json(self) -> dict[str, Any]:
        """Plain values; stored with a model."""
        return {
            "layers": list(self.layers),
            "rank_correlation": [round(value, 4) for value in self.rank_correlation],
            "interval": [[round(end, 4) for end in ends] for ends in self.interval],
            "images": self.images,
            "collapses": self.is_collapsed,
        }


def randomisation_check(
    network: Any,
    images: np.ndarray,
    labels: np.ndarray,
    *,
    methods: Sequence[str] = tuple(METHODS),
    seed: int = 0,
    progress: Progress | None = None,
) -> dict[str, Cascade]:
    """Randomise a copy of the network from the top down and follow every method's maps.

    Args:
        network: the Keras network of ``arn_cnn.build``, with its weights; left as it is.
        images: float32, (n, 64, 64, 1), 0 to 1.
        labels: int64, (n,), the class whose map is followed for each image.
        methods: names in ``METHODS``.
        seed: of the fresh weights.
        progress: told how many layers are done.

    Returns:
        By method.
    """
    import keras

    keras.utils.set_random_seed(seed)
    copy, fresh = keras.models.clone_model(network), keras.models.clone_model(network)
    copy.set_weights(network.get_weights())
    watched = keras.Model(copy.input, copy.get_layer(LAST_CONV).output)
    layers = [layer.name for layer in reversed(network.layers) if layer.weights]
    true = _maps(watched, copy, images, labels, methods)
    found: dict[str, list[np.ndarray]] = {name: [] for name in methods}
    for done, layer in enumerate(layers, start=1):
        copy.get_layer(layer).set_weights(fresh.get_layer(layer).get_weights())
        now = _maps(watched, copy, images, labels, methods)
        for name in methods:
            found[name].append(
                np.array([_left(*maps) for maps in zip(true[name], now[name], strict=True)])
            )
        if progress is not None:
            progress("randomising layers", done, len(layers))
    generator = np.random.default_rng(seed)
    return {
        name: Cascade(
            name,
            tuple(layers),
            tuple(float(values.mean()) for values in found[name]),
            tuple(bootstrap_mean(values, generator) for values in found[name]),
            len(images),
        )
        for name in methods
    }


def _maps(
    watched: Any, network: Any, images: np.ndarray, labels: np.ndarray, methods: Sequence[str]
) -> dict[str, np.ndarray]:
    """By method, float32, (n, rows, columns): the map of each image's label."""
    conv_maps = in_batches(watched.predict_on_batch, images)
    head = Head.from_network(network)
    maps: dict[str, list[np.ndarray]] = {name: [] for name in methods}
    for conv_map, label in zip(conv_maps, labels, strict=True):
        head_pass = HeadPass(head, conv_map)
        for name in methods:
            maps[name].append(METHODS[name].compute(head_pass)[label])
    return {name: np.stack(values) for name, values in maps.items()}


def _left(true: np.ndarray, now: np.ndarray) -> float:
    """Spearman's correlation of two maps; 0 where one is flat: nothing of the other is in it."""
    return agreement(true, now).rank_correlation or 0.0


def bootstrap_mean(values: np.ndarray, generator: np.random.Generator) -> tuple[float, float]:
    """The 95% percentile interval of a mean (Efron and Tibshirani 1993, chapter 13).

    Args:
        values: float, (n,), one an image; of a single image the interval is its value.
        generator: draws the resamples.
    """
    if len(values) == 1:
        return float(values[0]), float(values[0])
    from scipy.stats import bootstrap  # slow to import: only where used

    ends = bootstrap(
        (values,), np.mean, n_resamples=_RESAMPLES, method="percentile", rng=generator
    ).confidence_interval
    return float(ends.low), float(ends.high)
