"""How sure a reading is: the paper's formulas, calibration, sets, novelty, verdict."""
