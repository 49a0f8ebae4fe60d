"""The maps of a case report: every class's evidence on one scale, and every attention map."""

from collections.abc import Mapping, Sequence

import numpy as np

from arncnn.explain import METHODS, Maps, words
from arncnn.explain.attention import attention_maps
from arncnn.figures import picture
from arncnn.labels import title
from arncnn.reports.case_report import Gallery, Plate

_EDGE = 256  # px of the longer side: some 100 kB a picture


def classes(
    below: np.ndarray, maps: Maps, labels: Sequence[str], *, opacity: float, smooth: bool
) -> Gallery:
    """One method's map of every class.

    Args:
        below: uint8, (height, width), the scan.
        maps: of the method.
        labels: the classes in the maps' order.
        opacity: 0 to 1.
        smooth: False shows the network's grid.
    """
    method = METHODS[maps.method]
    scan = picture.fit(below, _EDGE)
    return Gallery(
        f"Evidence for every class: {method.title}",
        f"{method.meaning} Full colour stands for {maps.scale:.3g} {maps.unit} or more, in every "
        "class" + (": orange for it, blue against it." if maps.is_signed else "."),
        tuple(
            Plate(
                picture.overlay(
                    scan,
                    values,
                    scale=maps.scale,
                    is_signed=maps.is_signed,
                    opacity=opacity,
                    smooth=smooth,
                ),
                title(label),
                words.describe(values, title(label), maps.unit, is_signed=maps.is_signed),
            )
            for label, values in zip(labels, maps.maps, strict=True)
        ),
    )


def attention(
    below: np.ndarray, features: Mapping[str, np.ndarray], *, opacity: float, smooth: bool
) -> Gallery:
    """Every attention module's map, in the network's order.

    Args:
        below: uint8, (height, width), the scan.
        features: by module, as ``Features.attention``.
        opacity: 0 to 1.
        smooth: False shows the maps' own grids.
    """
    scan = picture.fit(below, _EDGE)
    maps = attention_maps(features)
    even = words.describe_even([found for found in maps if not found.varies])
    return Gallery(
        "Attention maps",
        "What each module multiplies its features by, from 0 (uncoloured) to 1 (yellow), "
        "the same for every class; intermediate steps, not evidence for an answer. "
        f"{even}".rstrip(),
        tuple(
            Plate(
                picture.overlay(
                    scan, found.map, scale=1.0, is_signed=False, opacity=opacity, smooth=smooth
                ),
                f"{found.title}, {found.resolution[0]} × {found.resolution[1]}, {found.place}",
                words.describe_attention(found),
            )
            for found in maps
            if found.varies
        ),
    )
