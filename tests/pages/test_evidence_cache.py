"""What is worked out of an open case comes from the model that read it, whichever serves now."""

from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from arncnn import config
from arncnn.explain import explain_all
from arncnn.explain.attention import attention_steps
from arncnn.store import LOCAL_USER, Store
from pages.ui import evidence_cache, resources


def test_evidence_is_of_the_model_that_read_though_another_serves_by_now(
    app: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    next(button for button in app.button if button.label == "Head CT").click().run()
    (case,) = Store.open().cases.list(LOCAL_USER).cases
    opened = resources.open_case(LOCAL_USER, case.id)
    reader, features = opened.reader, opened.reading.features
    assert reader.bundle.identity.sha256 == case.model_sha256
    expected = explain_all(reader.head, features.conv_map, reader.scales)
    module = attention_steps(reader.bundle.network(), evidence_cache.image(opened), "attention_1")

    monkeypatch.setenv("ARNCNN_MODEL", str(config.BUNDLED_MODELS / "robust"))
    st.cache_resource.clear()
    assert resources.model_identity().sha256 != case.model_sha256
    assert resources.reader().bundle.identity == resources.model_identity()
    for name, maps in evidence_cache.maps(opened).items():
        np.testing.assert_array_equal(maps.maps, expected[name].maps)
    np.testing.assert_allclose(
        evidence_cache.steps(opened, "attention_1").after, module.after, rtol=1e-5, atol=1e-6
    )
    assert evidence_cache.similar(opened) == ()  # the untrained model carries no training images
