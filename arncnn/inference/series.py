"""SeriesAnswer: many slices, one answer, and where along the scan it changes.

Each slice votes with its log probabilities, weighed by how much it looks like anything the model
knows, as the windows of one CT do (``view_fusion``). The range of each class along the scan is the
likeliest sequence of few changes: a change must be worth more than one slice that is sure of
itself, so that a single odd slice makes no range of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from arncnn.formatting import counted
from arncnn.inference import view_fusion
from arncnn.labels import title
from arncnn.uncertainty.temperature import softmax

SLICES = 32  # read of a scan where nobody asks for more or fewer
_SUREST = 0.001  # no slice speaks against a class more than a probability of this
_CHANGE = 7.0  # nats that a change costs: as much as the surest usual slice can say


@dataclass(frozen=True, eq=False)
class SliceVote:
    """What one slice says.

    Attributes:
        place: its number along the scan, from 1.
        logits: float32, (classes,).
        novelty_p_value: 0 to 1; None without a novelty score.
        verdict: "accept", "review" or "refuse".
        is_unsuitable: whether its picture shows nothing to read; it then has no vote.
    """

    place: int
    logits: np.ndarray
    novelty_p_value: float | None
    verdict: str
    is_unsuitable: bool = False


@dataclass(frozen=True)
class Range:
    """Where along the scan one class is shown.

    Attributes:
        label: the class.
        first, last: numbers of the first and last slice that show it clearly, from 1.
        goes_on: whether ``last`` is the last slice that was read.
    """

    label: str
    first: int
    last: int
    goes_on: bool


@dataclass(frozen=True, eq=False)
class SeriesAnswer:
    """What a scan of many slices shows.

    Attributes:
        labels: the classes, in the order of the arrays.
        probabilities: float32, (classes,), of all votes together; zeros where there is none.
        label: the likeliest class; None where most slices are refused.
        ranges: where along the scan which class is shown, in order.
        slices: the label of each slice that was read, None for a refused one, by its place.
        agreeing: how many slices show ``label``.
        count: slices of the whole scan.
    """

    labels: tuple[str, ...]
    probabilities: np.ndarray
    label: str | None
    ranges: tuple[Range, ...]
    slices: dict[int, str | None]
    agreeing: int
    count: int

    @property
    def sentence(self) -> str:
        """The answer in words."""
        read = len(self.slices)
        of = f"{counted(read, 'slice')}" if read == self.count else f"{read} of {self.count} slices"
        if not self.ranges:
            return f"No class for the scan as a whole: most of the {of} read are refused."
        if len(self.ranges) == 1:
            only = self.ranges[0]
            where = "" if only.goes_on and only.first <= 1 else f", slices {_places(only)}"
            said = f"{title(only.label)}{where}."
        else:
            names = list(dict.fromkeys(title(each.label) for each in self.ranges))
            told = [f"{_where(each)} {title(each.label)}" for each in self.ranges]
            said = f"{' to '.join(names)}: slices {', '.join(told)}."
        agreeing = "" if self.label is None else f" {self.agreeing} of {of} read so."
        return said if len(self.ranges) > 1 else said + agreeing

    def to_json(self) -> dict[str, Any]:
        """The answer as a JSON object."""
        return {
            "label": self.label,
            "probabilities": {
                label: float(value)
                for label, value in zip(self.labels, self.probabilities, strict=True)
            },
            "ranges": [
                {"label": each.label, "first": each.first, "last": each.last}
                for each in self.ranges
            ],
            "sentence": self.sentence,
            "slices": self.count,
            "read": [{"slice": place, "label": label} for place, label in self.slices.items()],
        }


def evenly(count: int, most: int | None) -> list[int]:
    """Which of ``count`` slices are read, from 0: ``most`` of them evenly spaced, or all.

    >>> evenly(9, 3), evenly(2, 5), evenly(7, 1)
    ([0, 4, 8], [0, 1], [3])
    """
    if most is None or most >= count:
        return list(range(count))
    if most == 1:
        return [count // 2]
    return [round(each) for each in np.linspace(0, count - 1, most).tolist()]


def answer(
    labels: Sequence[str], votes: Sequence[SliceVote], count: int, temperature: float = 1.0
) -> SeriesAnswer:
    """One answer for a scan.

    Args:
        labels: the classes, in the order of the logits.
        votes: of the slices that were read, by their places.
        count: slices of the whole scan.
        temperature: divides the logits.
    """
    voting = [vote for vote in votes if not vote.is_unsuitable]
    shown = {
        vote.place: None if vote.verdict == "refuse" else labels[int(vote.logits.argmax())]
        for vote in votes
    }
    refused = sum(label is None for label in shown.values())
    probabilities = np.zeros(len(labels), np.float32)
    ranges: tuple[Range, ...] = ()
    label = None
    if voting:
        logits = np.stack([vote.logits for vote in voting])
        weight = _weights(voting)
        probabilities = softmax(view_fusion.combine(logits, weight), temperature).astype(np.float32)
        if 2 * refused <= len(votes):
            label = labels[int(probabilities.argmax())]
            told = segments(np.log(softmax(logits, temperature)), weight * len(weight))
            ranges = _ranges(labels, voting, told, shown, votes[-1].place)
    agreeing = 0 if label is None else sum(each == label for each in shown.values())
    return SeriesAnswer(tuple(labels), probabilities, label, ranges, shown, agreeing, count)


def segments(log_probabilities: np.ndarray, weight: np.ndarray) -> list[int]:
    """The likeliest class of each slice where every change costs as much as a sure slice says.

    Viterbi (1967) on the Potts model: the sequence that makes the sum of the weighted log
    probabilities, less the cost of its changes, largest.

    Args:
        log_probabilities: float, (slices, classes), at most 0.
        weight: float, (slices,), about 1 for a usual slice.

    Returns:
        A column a slice.
    """
    floor = float(np.log(_SUREST))
    gains = np.maximum(log_probabilities, floor) * weight[:, np.newaxis]
    best = gains[0].copy()
    came_from = np.zeros(gains.shape, int)
    for place in range(1, len(gains)):
        leader = int(best.argmax())
        changes = best[leader] - _CHANGE > best
        came_from[place] = np.where(changes, leader, np.arange(len(best)))
        best = np.where(changes, best[leader] - _CHANGE, best) + gains[place]
    path = [int(best.argmax())]
    for place in range(len(gains) - 1, 0, -1):
        path.append(int(came_from[place, path[-1]]))
    return path[::-1]


def _weights(votes: Sequence[SliceVote]) -> np.ndarray:
    known = [vote.novelty_p_value for vote in votes if vote.novelty_p_value is not None]
    return view_fusion.weights(np.array(known) if len(known) == len(votes) else None, len(votes))


def _ranges(
    labels: Sequence[str],
    voting: Sequence[SliceVote],
    told: Sequence[int],
    shown: dict[int, str | None],
    end: int,
) -> tuple[Range, ...]:
    """Runs of the same class, each from its first to its last slice that shows it clearly."""
    runs: list[tuple[str, list[int]]] = []
    for vote, column in zip(voting, told, strict=True):
        if not runs or runs[-1][0] != labels[column]:
            runs.append((labels[column], []))
        if shown[vote.place] == labels[column]:
            runs[-1][1].append(vote.place)
    clear = [(label, places) for label, places in runs if places]
    return tuple(
        Range(label, places[0], places[-1], goes_on=places[-1] == end) for label, places in clear
    )


def _where(each: Range) -> str:
    return f"from {each.first}" if each.goes_on else _places(each)


def _places(each: Range) -> str:
    return f"{each.first} to {each.last}" if each.last > each.first else f"{each.first}"
