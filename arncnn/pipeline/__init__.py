"""Pipeline: from a data set to a packaged model."""
