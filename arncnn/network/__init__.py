"""The network: ARN-CNN as the paper reads, baselines, and the compiled pass that serves it."""
