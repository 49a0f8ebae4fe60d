"""ReleaseCheck: how far each method's maps could be trusted at a model's release."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from arncnn.models.typed_json import damaged, plain, read

Interval = tuple[float, float]  # 95%


@dataclass(frozen=True)
class MethodCheck:
    """What was found of one method's maps over the images of the check.

    Attributes:
        deletion: mean area gained over random order while places are covered.
        deletion_interval: of that mean.
        insertion: the same while places are shown.
        insertion_interval: of that mean.
        randomised: rank correlation with the maps of a network whose weights are all random.
        randomised_interval: of that correlation.
        collapses: whether nothing of a map is left in that network.
    """

    deletion: float
    deletion_interval: Interval
    insertion: float
    insertion_interval: Interval
    randomised: float
    randomised_interval: Interval
    collapses: bool

    @property
    def passed(self) -> int:
        """In how many of the two tests the whole interval of the gain lies above 0, chance."""
        return sum(low > 0 for low, _ in (self.deletion_interval, self.insertion_interval))


@dataclass(frozen=True)
class ReleaseCheck:
    """The part of an evaluation of the explanations that is stored with a model.

    Attributes:
        images: how many were explained.
        scales: what a usual map of each method reaches, by its name.
        methods: what was found of each, by its name.
    """

    images: int
    scales: Mapping[str, float]
    methods: Mapping[str, MethodCheck]

    @classmethod
    def of(cls, result: Mapping[str, Any]) -> "ReleaseCheck":
        """The check that an evaluation amounts to.

        Args:
            result: what ``explain.evaluation.evaluate_explanations`` gave.
        """
        methods = {}
        for name, scores in result["methods"].items():
            deletion, insertion = scores["deletion_gain"], scores["insertion_gain"]
            cascade = result["randomisation"][name]
            methods[name] = MethodCheck(
                deletion["mean"],
                tuple(deletion["interval"]),
                insertion["mean"],
                tuple(insertion["interval"]),
                cascade["rank_correlation"][-1],
                tuple(cascade["interval"][-1]),
                cascade["collapses"],
            )
        scales = {name: scores["scale"] for name, scores in result["methods"].items()}
        return cls(result["images"], scales, methods)

    def to_json(self) -> dict[str, Any]:
        """Plain values, each method under its own name."""
        return {"images": self.images, "scales": dict(self.scales), **plain(self.methods)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any], name: str) -> "ReleaseCheck":
        """The inverse of ``to_json``; raises as ``typed_json.read`` does."""
        methods = {**values}
        images, scales = methods.pop("images", None), methods.pop("scales", None)
        found = cls(
            read(int, images, f"{name}.images"),
            read(Mapping[str, float], scales, f"{name}.scales"),
            read(Mapping[str, MethodCheck], methods, name),
        )
        if not found.scales.keys() <= found.methods.keys():
            raise damaged(f"{name} has a scale of a method that was not checked")
        return found


def release_plain(check: ReleaseCheck | None, method: str) -> str:
    """What the release check found of a method, in one line without a figure of it.

    Args:
        check: as stored with the model; None where it has none.
        method: its name.
    """
    from arncnn.explain.trust import found_in_words  # explanations load where they are shown

    if check is None or method not in check.methods:
        return "This model carries no stored release check of this kind of map."
    found = check.methods[method]
    depends = (
        "depend on what the model learned"
        if found.collapses
        else "partly show the image itself, whatever the model learned"
    )
    joined = "and" if found.collapses == (found.passed == 2) else "but"
    return (
        f"Over {check.images:,} test images: maps of this method {depends}, "
        f"{joined} find {found_in_words(found.passed)}."
    )


def release_sentence(check: ReleaseCheck | None, method: str) -> str | None:
    """The figures behind ``release_plain``, or None without a stored check."""
    from arncnn.explain.words import signed

    if check is None or method not in check.methods:
        return None
    found = check.methods[method]
    left = "nothing is" if found.collapses else "part of the map is"
    deletion, insertion, randomised = (
        f"{signed(mean)}{separator}{signed(low)} to {signed(high)}"
        for mean, (low, high), separator in (
            (found.deletion, found.deletion_interval, " ("),
            (found.insertion, found.insertion_interval, " ("),
            (found.randomised, found.randomised_interval, ", "),
        )
    )
    return (
        f"With all weights made random, {left} left (rank correlation "
        f"with the true map {randomised}). Over {check.images:,} test images the area gained over "
        f"random order was deletion {deletion}) and insertion {insertion}). Intervals: 95%."
    )
