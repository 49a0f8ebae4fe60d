"""The network: ARN-CNN as the paper reads, baselines, and the compiled pass that serves it."""

from arncnn.network.lean_keras import leave_out_wrappers

leave_out_wrappers()
