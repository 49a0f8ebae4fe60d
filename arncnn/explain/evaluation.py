"""The evaluation of explanations: every method on test images, against random and each other."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

from arncnn.explain import METHODS, HeadPass
from arncnn.explain.probe import Probe
from arncnn.explain.randomisation import bootstrap_mean, randomisation_check
from arncnn.explain.trust import STEPS, order_of
from arncnn.explain.trust import areas as areas_of
from arncnn.network.head import Head
from arncnn.progress import Progress

CASCADE_IMAGES = 50  # images of the randomisation check: each is read once a layer
_SCORES = ("deletion", "insertion")


def evaluate_explanations(
    network: Any,
    images: np.ndarray,
    *,
    methods: Sequence[str] = tuple(METHODS),
    steps: int = STEPS,
    random_orders: int = 3,
    cascade_images: int = CASCADE_IMAGES,
    seed: int = 0,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Deletion and insertion, completeness and the randomisation check, with intervals.

    Every image is explained for the class the network reads, right or wrong: an explanation
    is of the answer, not of the truth.

    Args:
        network: a Keras network of ``arn_cnn.build``.
        images: float32, (n, 64, 64, 1), 0 to 1; test images as the network sees them.
        methods: names in ``METHODS``.
        steps: points of the deletion and insertion curves.
        random_orders: random orders averaged for each image.
        cascade_images: how many of the images the randomisation check takes.
        seed: of the random orders, the bootstrap and the fresh weights.
        progress: told how many images, then layers, are done.

    Returns:
        Plain values for JSON. ``methods`` holds for each: ``deletion`` and ``insertion``
        (mean areas, 0 to 1, with a 95% bootstrap interval), the same as
        ``deletion_gain`` and ``insertion_gain`` over the random orders of the same image
        (above 0 is good), ``scale`` (see ``reference_scales``), ``empty_maps`` and, for
        complete methods, ``largest_residual`` relative to max(1, |difference|). ``pairs`` holds
        the paired differences between methods, ``randomisation`` the cascade.
    """
    probe, head = Probe.of(network), Head.from_network(network)
    generator = np.random.default_rng(seed)
    areas = {name: np.zeros((len(images), 2)) for name in (*methods, "random")}
    residuals: dict[str, list[float]] = {name: [] for name in methods}
    largest: dict[str, list[float]] = {name: [] for name in methods}
    empty = dict.fromkeys(methods, 0)
    labels = np.zeros(len(images), np.int64)
    for row, image in enumerate(images):
        conv_map, logits = probe.conv_maps(image[None])[0], probe.predict(image[None])[0]
        label = labels[row] = int(logits.argmax())
        head_pass = HeadPass(head, conv_map)
        baseline = head.baseline_logits
        orders = []
        for name in methods:
            maps = METHODS[name].explain(head_pass)
            orders.append(order_of(maps.maps[label]))
            largest[name].append(maps.largest)
            empty[name] += not (maps.maps[label] > 0).any()
            if maps.difference is not None:
                # against the network's own logits, not the head's copy of them
                difference = logits - baseline
                apart = np.abs(maps.maps.sum(axis=(1, 2), dtype=np.float64) - difference)
                residuals[name].append(float((apart / np.maximum(1, np.abs(difference))).max()))
        orders += [generator.permutation(orders[0].size) for _ in range(random_orders)]
        found = areas_of(probe.predict, image, np.stack(orders), int(label), steps)
        areas["random"][row] = found[len(methods) :].mean(axis=0)
        for name, pair in zip(methods, found, strict=False):
            areas[name][row] = pair
        if progress is not None:
            progress("deletion and insertion", row + 1, len(images))
    few = slice(0, cascade_images)
    cascades = randomisation_check(
        network, images[few], labels[few], methods=methods, seed=seed, progress=progress
    )
    return {
        "images": len(images),
        "steps": steps,
        "random_orders": random_orders,
        "covered_with": "the image blurred",
        "random": _summary(areas["random"], generator),
        "methods": {
            name: {
                **_summary(areas[name], generator),
                **_gains(areas[name], areas["random"], generator),
                "scale": float(np.median(largest[name])),
                "empty_maps": int(empty[name]),
                "largest_residual": max(residuals[name]) if residuals[name] else None,
            }
            for name in methods
        },
        "pairs": [
            {"methods": [one, other], **_gains(areas[one], areas[other], generator)}
            for one, other in combinations(methods, 2)
        ],
        "randomisation": {name: cascade.to_json() for name, cascade in cascades.items()},
    }


def _summary(areas: np.ndarray, generator: np.random.Generator) -> dict[str, Any]:
    """Mean areas with intervals; ``areas`` is float64, (n, deletion and insertion)."""
    return {score: _mean(areas[:, column], generator) for column, score in enumerate(_SCORES)}


def _gains(
    areas: np.ndarray, against: np.ndarray, generator: np.random.Generator
) -> dict[str, Any]:
    """By how much the first is better, image by image: a lower deletion, a higher insertion."""
    better = (against - areas) * np.array([1.0, -1.0])
    return {
        f"{score}_gain": _mean(better[:, column], generator) for column, score in enumerate(_SCORES)
    }


def _mean(values: np.ndarray, generator: np.random.Generator) -> dict[str, Any]:
    return {"mean": float(values.mean()), "interval": list(bootstrap_mean(values, generator))}
