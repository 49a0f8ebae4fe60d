"""Nothing here is a test: pytest need not import what measures, nor PyTorch."""

collect_ignore_glob = ["*.py"]
