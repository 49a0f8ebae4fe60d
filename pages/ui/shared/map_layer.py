"""A map laid over the scan by the browser: only the map travels, and opacity waits for nobody.

The scan lies behind every map as a background, sent once a case. How strongly the maps show
follows from the slider's own state by a style rule, so it turns while the slider is turned,
without the server. Whatever is handed on is composed by ``arncnn.figures.picture`` instead.
"""

import streamlit as st

from arncnn.cases.open_case import OpenCase
from arncnn.figures import picture

OPACITIES = range(0, 101, 5)  # percent
OPACITY_FORMAT = "%d %%"
_RULE = (
    '.stMain:has(.st-key-{key} input[type="range"][aria-valuetext="{said}"])'
    " {{ --arn-opacity: {opacity:.2f}; }}"
)


def prepare(opened: OpenCase, *, opacity_key: str) -> None:
    """Puts the scan behind every map that follows, and ties them to the slider.

    Args:
        opened: the case.
        opacity_key: of the slider, which offers ``OPACITIES`` in ``OPACITY_FORMAT``.
    """
    rules = "".join(
        _RULE.format(key=opacity_key, said=OPACITY_FORMAT % percent, opacity=percent / 100)
        for percent in OPACITIES
    )
    scan = f".stMain {{ --arn-scan: url({picture.data_uri(opened.png)}); }}"
    st.html(f"<style>{scan}{rules}</style>")


def show(uri: str, *, alt: str, key: str) -> None:
    """Draws a map over the scan.

    Args:
        uri: of the map, from ``OpenCase.layer``.
        alt: the map in words.
        key: of the place on the page.
    """
    with st.container(key=f"arn_layer_{key}"):
        st.image(uri, width="stretch", alt=alt)
