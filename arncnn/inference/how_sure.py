"""How sure a reading is, in one sentence; the figures behind it stand in ``Uncertainty``."""

from arncnn.inference.reading import Reading
from arncnn.uncertainty.verdict import Thresholds, decide

_VERY_SURE = 0.99  # calibrated probability: wrong at most once in a hundred such answers


def is_unclear(reading: Reading, thresholds: Thresholds) -> bool:
    """Whether the pixels alone leave a doubt about the class; the header is not asked.

    Args:
        reading: of a scan; one without a class is not unclear, it has no answer.
        thresholds: of the model that read it.
    """
    if reading.label is None:
        return False
    found = decide(
        label=reading.label,
        probability=reading.uncertainty.maximum_probability,
        novelty_p_value=reading.novelty_p_value,
        prediction_set=reading.prediction_set,
        thresholds=thresholds,
    )
    return bool(found.reasons)


def sentence(reading: Reading, thresholds: Thresholds) -> str:
    """How sure the model is of its class, and whether the scan looks like those it knows.

    Args:
        reading: of a scan.
        thresholds: of the model that read it.
    """
    if reading.label is None:
        return "No class is given, so no certainty is stated"
    sure, sets = reading.uncertainty.maximum_probability, reading.prediction_set
    fits_one = not sets or sets == (reading.label,)
    is_sure = fits_one and sure >= thresholds.probability_review
    how = "Not sure" if not is_sure else "Very sure" if sure >= _VERY_SURE else "Fairly sure"
    if reading.novelty_p_value is None:
        return how
    if reading.novelty_p_value > thresholds.novelty_review:
        return f"{how}, {'and' if is_sure else 'although'} it looks like scans the model knows"
    return f"{how}, {'but' if is_sure else 'and'} few scans the model knows look like it"
