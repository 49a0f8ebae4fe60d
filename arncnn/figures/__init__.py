"""Pure functions from data to Plotly figures, each with its description in words."""
