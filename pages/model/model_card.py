"""Model card: what is to be known of a model before it is believed."""

import streamlit as st

from arncnn.evaluation import stored_reports
from pages.ui import frame, sign_in
from pages.ui.shared import buttons, model_picker, stored_results

actor = sign_in.actor()
frame.open_page(
    "Model card", "What the model is for, how well it performs, and where its limits are."
)
bundle = model_picker.choose(actor, key="card_model")
text = stored_results.card(bundle.identity.sha256, stored_reports.times(), bundle)
name = f"{bundle.identity.id}.md"
buttons.download("Download the card (Markdown)", text, name, key="card_download")
with st.container(key="card_text"):
    # Written out here: the browser takes longer over long Markdown than over all else on the page.
    st.html(stored_results.html(text.partition("\n\n")[2]))  # the page has its own heading
