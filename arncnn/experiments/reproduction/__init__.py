"""The paper's tables and figures in its order, ours beside them, from stored results alone."""
