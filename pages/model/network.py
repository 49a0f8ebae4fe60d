"""Network: every layer as it is built, its blocks, and its activation functions."""

import streamlit as st

from arncnn.figures import activations, architecture, style
from arncnn.network import summary as live
from arncnn.network.summary import LayerRow
from pages.ui import frame, sign_in
from pages.ui.shared import model_picker, stored_results

_PARTS = {
    "Residual block": ("residual_", "attention_3"),
    "One attention module": ("attention_1",),
    "Dense layers": ("conv_4", "flatten", "dense", "dropout", "logits"),
}

actor = sign_in.actor()
frame.open_page("Network", "Every layer, its shape and its weights, drawn from the live network.")

bundle = model_picker.choose(actor, key="network_model")
if bundle is None:
    st.stop()
with st.spinner("Building the network…"):
    layers = stored_results.layers(bundle.hyper)

total = sum(layer.parameters for layer in layers)
st.markdown(
    f"**{len(layers)} layers, {total:,} parameters**, attention “{bundle.hyper.attention}”, dense "
    f"activation {bundle.hyper.dense_activation.upper()}, dropout {bundle.hyper.dropout:g}."
)


def _draw(rows: tuple[LayerRow, ...], key: str) -> None:
    st.plotly_chart(
        architecture.figure(rows), config=style.CONFIG, key=key, alt=architecture.alt_text(rows)
    )
    st.caption(
        "A bar grows with the number of channels, its colour is the kind of layer; lines at the "
        "left are connections that skip layers. On a narrow screen the columns go on to the right."
    )


whole, *parts = st.tabs(["Whole network", *_PARTS, "Activation functions"], key="network_tabs")
with whole:
    _draw(layers, "network_whole")
for tab, (name, prefixes) in zip(parts, _PARTS.items(), strict=False):
    with tab:
        _draw(live.part(layers, prefixes), f"network_{name}")
with parts[-1]:
    st.plotly_chart(
        activations.figure(),
        config=style.CONFIG,
        key="network_activations",
        alt=activations.alt_text(),
    )
    st.caption("ReLU after convolutions, sigmoid in attention maps, GELU in the dense layer.")
