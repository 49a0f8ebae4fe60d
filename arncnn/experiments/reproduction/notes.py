"""Notes: for each table and figure what made ours, and why ours differs from the paper's."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from arncnn.models.metadata import ModelMetadata

_COMPARE = "python -m arncnn compare --budget {0} --external FOLDER --out assets/{1}"
FULL_COMMAND = _COMPARE.format("full", "comparison-full.json")
SMALL_COMMAND = _COMPARE.format("small", "comparison.json")
EVALUATE = "python -m arncnn evaluate --split paper-test --model assets/models/paper"
_LIVE = "opening this page, drawn from `arncnn.network.arn_cnn` as it is built"
_MODEL = "assets/models/paper"


@dataclass(frozen=True)
class Note:
    """What stands below a table or figure.

    Attributes:
        made_by: the command, in Markdown.
        stored: where its result lies; empty for what is worked out when the page is opened.
        differs: how ours differs from the paper's and why, in Markdown.
    """

    made_by: str
    stored: str
    differs: str


def train_command(metadata: ModelMetadata) -> str:
    """The command that trained a bundled model, from what the model remembers."""
    recipe = metadata.recipe
    return (
        f"python -m arncnn train --recipe {recipe.name} --epochs {recipe.epochs} "
        f"--seed {metadata.seed} --run RUN"
    )


def notes(metadata: ModelMetadata) -> Mapping[str, Note]:
    """By the number of the caption.

    Args:
        metadata: of the bundled model of the paper recipe.
    """
    trained = f"`{train_command(metadata)}`"
    evaluated = f"`{EVALUATE}`"
    predicted = f"{_MODEL}/predictions.npz"
    return MappingProxyType(
        {
            "Figure 1": Note(
                _LIVE,
                "",
                "Ours has the modules in the order of the paper's text. What the text "
                "leaves open (kernels of three convolutions, padding, the attention's "
                "convolutions) is listed with the reasons for our choices at the head of "
                "`arncnn/network/arn_cnn.py`.",
            ),
            "Figure 2": Note(
                _LIVE,
                "",
                "The paper gives its shapes and parameters only as an image, so they are "
                "not compared one by one. Ours follow from the text's filters and from the "
                "choices above.",
            ),
            "Figure 3": Note(
                "opening this page: a forward pass of the bundled model of the paper recipe",
                "",
                "The paper illustrates the mechanism with filters of its own choosing; "
                "here a trained module does so on a synthetic drawing.",
            ),
            "Figure 4": Note(
                "opening this page: the functions by SciPy's `erf` and `expit`",
                "",
                "No difference: the three functions are the paper's formulas.",
            ),
            "Figure 5": Note(
                "`python -m arncnn data fetch`",
                "the fetched data set, in `ARNCNN_HOME`",
                "The paper does not name its images; these are drawn at random, by a fixed seed.",
            ),
            "Figure 6": Note(
                "`python -m arncnn data show --out assets/data_set.json`",
                "assets/data_set.json",
                "None in the classes. The paper calls them balanced, although Breast MRI "
                "has a tenth fewer. It prints its three parts as rounded shares; ours "
                "follow from two calls of `train_test_split`, 90% and then 60% of the "
                "rest, with its random state.",
            ),
            "Table 1": Note(
                f"{trained} (bundled model); `{FULL_COMMAND} --rows arn_cnn` (full budget)",
                f"{_MODEL}/history.csv and assets/comparison-full.json",
                "Losses include the penalty on the dense layers, whose strength the paper "
                "does not print: a stronger penalty would explain its higher losses at "
                "similar accuracies. Ours ran on two shared processor cores beside other "
                "work, the paper's on unnamed hardware: the durations cannot be compared. "
                "Of the full-budget training, only loss and validation accuracy are "
                "stored. The paper prints no intervals.",
            ),
            "Figure 7": Note(
                trained,
                f"{_MODEL}/history.csv",
                "The paper's points are those of its Table 1. The bundled model was "
                "trained only for the epochs shown; the paper allowed 100 and prints five.",
            ),
            "Table 2": Note(
                evaluated,
                predicted,
                "The paper prints precision, recall and F1 of exactly 1 beside an accuracy "
                "below 1. With any error no mean over the classes can be 1, so it must "
                "have rounded to two or three digits. It does not say how it averages; "
                "ours are means over the classes. Intervals: Clopper-Pearson for the "
                "accuracy, credible (Jeffreys' prior) for precision, recall, F1 and kappa, "
                "bootstrap over the images for the log loss.",
            ),
            "Table 3": Note(
                evaluated,
                predicted,
                "The formula is the paper's, with the natural logarithm of SciPy's "
                "`entropy`, which it names. Its network is less sure (its log loss is also "
                "higher); it does not say after how many epochs. Intervals: bootstrap over "
                "the images.",
            ),
            "Table 4": Note(
                evaluated,
                predicted,
                "As for the entropies. One uncertain image can account for most of a "
                "class's deviation, so some intervals are wide. Intervals: bootstrap over "
                "the images.",
            ),
            "Figure 8": Note(
                evaluated,
                predicted,
                "The paper draws the maximum probability, nearly all of it at 1; here its "
                "distance to 1 is drawn on a logarithmic axis, which makes differences "
                "visible.",
            ),
            "Figure 9": Note(
                "opening this page, once the data set is fetched; of one scan: `python -m arncnn "
                f"explain SCAN --method grad_cam --model {_MODEL}`",
                "",
                "The paper stretches each heat map to its own range and smooths it; here all maps "
                "share one scale, so that a weak map looks weak. With this network's dense layer "
                "Grad-CAM can point to the wrong place: the page *Evidence* has maps that add up.",
            ),
            "Table 6": Note(
                f"`{FULL_COMMAND}` (full budget); `{SMALL_COMMAND}` (three seeds)",
                "assets/comparison-full.json and assets/comparison.json",
                "The paper does not print the budget, the seeds or the layers of its "
                "ablation. Ours leaves out only the skip connection, or only the attention "
                "modules, and trains each like the whole network.",
            ),
            "Figure 10": Note(
                f"`{SMALL_COMMAND}`",
                "assets/comparison.json",
                "The paper compares one training each, on all images, and prints no "
                "figures. Ours are three seeds each in the small budget.",
            ),
        }
    )
