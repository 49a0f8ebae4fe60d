"""The dashboard's own building blocks: the only Streamlit code beside the pages."""
