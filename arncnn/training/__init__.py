"""Training: recipes, the paper's learning-rate control, and a fit that survives a kill."""
