"""Why a reading is not simply accepted, in words: one function a reason of the model's."""

from collections.abc import Sequence

from arncnn.formatting import share
from arncnn.labels import title
from arncnn.uncertainty.guards import Reason

_NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight"}

RULED_OUT = "header_rules_out"


def unlike(classes: int) -> Reason:
    """Novel: unlike any of so many known classes."""
    count = _NUMBERS.get(classes, str(classes))
    return Reason(
        "novel", f"This image is unlike any of the {count} kinds of scan the model knows."
    )


def ruled_out(modality: str) -> Reason:
    """The header's modality, in plain words, is that of no class the picture reads as."""
    return Reason(
        RULED_OUT,
        f"The header states {modality}, in Modality and SOP class alike, and the image "
        "reads as no class of that modality. It is refused because of the header alone; "
        "check which is right.",
    )


def likelier_with_header(label: str) -> Reason:
    """By pixels and header together another class is the likeliest."""
    return Reason(
        "header_changes",
        f"With what the header states, {title(label)} is likelier. Check which is right.",
    )


def unusual(p_value: float) -> Reason:
    """As far out as few known scans; 0 to 1."""
    return Reason(
        "unusual",
        f"This image is unusual: only {share(p_value, 1)} of the scans the model was "
        "calibrated on are as unusual.",
    )


def other(label: str, in_set: str) -> Reason:
    """The prediction set holds another class alone."""
    return Reason(
        "other_set",
        f"{title(label)} is the likeliest class, but the image is more typical of {title(in_set)}.",
    )


def ambiguous(prediction_set: Sequence[str]) -> Reason:
    """The prediction set holds several classes."""
    *first, last = (title(key) for key in prediction_set)
    return Reason(
        "ambiguous", f"More than one class fits this image: {', '.join(first)} or {last}."
    )


def improbable(label: str, probability: float, needed: float) -> Reason:
    """The likeliest class is less likely, 0 to 1, than is needed."""
    return Reason(
        "improbable",
        f"The likeliest class, {title(label)}, has a probability of "
        f"{share(probability, 1)}, below the required {share(needed, 1)}.",
    )
