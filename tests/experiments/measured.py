"""Results as ``bench`` and ``make load`` give them, as far as targets look at them."""

HERE = {"processor": "Made up", "cores": 2, "memory_gib": 8.0, "system": "Linux", "python": "3.11"}
BENCH = {
    "machine": HERE,
    "repeats": 200,
    "reading_to_forward_ratio": 1.3,
    "ct_reading_to_forward_ratio": 1.3,
    "first_page_seconds": 1.0,
    "batches": {
        "jpeg_64": {"ratio": 0.6, "files": 512},
        "dicom_512": {"ratio": 0.3, "files": 512},
    },
}
LOAD = {"machine": HERE, "memory": {"uploads": 500, "growth": -0.01, "errors": 0}}
