"""Networks, activations and optimisers side by side (the paper's Table 6 and Figure 10)."""
