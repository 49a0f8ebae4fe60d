"""Network: every layer as it is built, its blocks, and its activation functions."""

import streamlit as st

from arncnn.figures import activations, architecture
from arncnn.network import summary
from arncnn.network.summary import LayerRow
from pages.ui import frame, sign_in
from pages.ui.shared import charts, model_picker, stored_results

_PARTS = {
    "Residual block": ("residual_", "attention_3"),
    "One attention module": ("attention_1",),
    "Dense layers": ("conv_4", "flatten", "dense", "dropout", "logits"),
}

actor = sign_in.actor()
frame.open_page("Network", "Every layer with its shape and weights, drawn from the network itself.")

hyper = model_picker.choose(actor, key="network_model").hyper
with st.spinner("Building the network…"):
    layers = stored_results.layers(hyper)
total = sum(layer.parameters for layer in layers)
st.markdown(
    f"**{len(layers)} layers, {total:,} parameters**, attention "
    f"“{hyper.attention}”, dense activation {hyper.dense_activation.upper()}, dropout "
    f"{hyper.dropout:g}."
)


def _draw(rows: tuple[LayerRow, ...], key: str) -> None:
    kinds = "".join(
        f'<li><span style="background:{colour}"></span>{meaning}</li>'
        for meaning, colour in architecture.legend(rows)
    )
    st.html(f'<ul class="arn-legend" aria-label="Colours">{kinds}</ul>')
    charts.show(architecture.figure(rows), architecture.alt_text(rows), key=key)
    st.caption(
        "The length of a bar shows the number of channels, its colour the kind of layer; "
        "lines on the left are skip connections. On a narrow screen, scroll right for the "
        "other columns."
    )


# Only the open tab is drawn: six charts at once would keep the browser busy.
whole, *parts, functions = st.tabs(
    ["Whole network", *_PARTS, "Activation functions"], on_change="rerun", key="network_tabs"
)
with whole:
    if whole.open:
        _draw(layers, "network_whole")
for tab, (name, prefixes) in zip(parts, _PARTS.items(), strict=True):
    with tab:
        if tab.open:
            _draw(summary.part(layers, prefixes), f"network_{name}")
with functions:
    if functions.open:
        charts.show(activations.figure(), activations.alt_text(), key="network_activations")
        st.caption("ReLU after convolutions, sigmoid in attention maps, GELU in the dense layer.")
