"""The paper's own figures, as printed, to stand beside ours.

Shahab Kavousinejad (2024), the ARN-CNN paper in Chronicles of Clinical Reviews and Case
Reports. The paper's captions and its references to them are off by one (its text calls the
epoch table Table 2, its caption Table 1); captions are followed here.
"""

from dataclasses import dataclass
from types import MappingProxyType

from arncnn.models.training_history import EpochRecord
from arncnn.uncertainty.paper import Level

CITATION = (
    "Kavousinejad (2024), Attention-based Residual Connection Convolutional Neural Network "
    "(ARN-CNN), Chronicles of Clinical Reviews and Case Reports"
)


@dataclass(frozen=True)
class PaperItem:
    """A table or figure of the paper, under the number that stands above or below it.

    Attributes:
        number: as its caption has it, such as "Table 2".
        caption: as printed, spelling included.
        text_calls_it: the number by which the text means it, where that is another.
    """

    number: str
    caption: str
    text_calls_it: str = ""

    @property
    def title(self) -> str:
        """The number of the caption, with the text's where the two differ."""
        also = f" (the text calls it {self.text_calls_it})" if self.text_calls_it else ""
        return f"{self.number}{also}"


@dataclass(frozen=True)
class PaperUncertainty:
    """One row of Tables 3 and 4, which print two decimals."""

    label: str
    entropy: float
    entropy_level: Level
    standard_deviation: float
    standard_deviation_level: Level


@dataclass(frozen=True)
class PaperModel:
    """One row of Table 6, or of the text; accuracy 0 to 1, loss in nats or None."""

    name: str
    accuracy: float
    loss: float | None
    source: str


_ITEMS = (
    PaperItem("Figure 1", "The proposed attention-based residual network architecture"),
    PaperItem(
        "Figure 2",
        "The proposed attention-based residual network architecture shpes and parameters",
    ),
    PaperItem("Figure 3", "Illustration of the attention mechanism"),
    PaperItem(
        "Figure 4",
        "Activtion functions used in ARN_CNN model (ReLU for Conv2d layers, sigmoid for attention "
        "and GELU in the dense layer).",
    ),
    PaperItem("Figure 5", "Some of the images in the dataset", "Figure 3"),
    PaperItem("Figure 6", "Frequency of labels in the dataset"),
    PaperItem("Table 1", "Training Performance Metrics over Epochs", "Table 2"),
    PaperItem("Figure 7", "Learning curve of the proposed model"),
    PaperItem(
        "Table 2", "Performance metrics for ARN-CNN model predictions on the test data", "Table 3"
    ),
    PaperItem("Table 3", "Uncertainty of Model Predictions (Entropy)", "Table 4"),
    PaperItem("Table 4", "Uncertainty of Model Predictions (Standard Deviation)", "Table 5"),
    PaperItem("Figure 8", "Confusion Matrix and Model Prediction Confidence on Test Data"),
    PaperItem("Figure 9", "Enhanced Visualization of Grad_CAM for Test Data Samples"),
    PaperItem("Table 6", "Comparison of model accuracy and loss"),
    PaperItem(
        "Figure 10",
        "Performance comparison of train losses using different activation functions in dense "
        "layer of the proposed model.",
    ),
)
ITEMS = MappingProxyType({item.number: item for item in _ITEMS})
"""Every table and figure in the paper's order, by the number of its caption.

No caption says Table 5: the text's "Table 5" is the one captioned Table 4.
"""

CLASS_COUNTS = MappingProxyType(
    {
        "AbdomenCT": 10_000,
        "BreastMRI": 8_954,
        "CXR": 10_000,
        "ChestCT": 10_000,
        "Hand": 10_000,
        "HeadCT": 10_000,
    }
)
"""Images of each class (section "Dataset Description"); 58,954 in all."""

SPLIT_SHARES = MappingProxyType({"train": 0.90, "validation": 0.06, "test": 0.04})
"""Shares of the images (section "Preprocessing"), shuffled with a random state of 123."""

TABLE_1: tuple[EpochRecord, ...] = (  # accuracies in percent; losses include the penalty
    EpochRecord(1, 0.455, 99.129, 0.12981, 99.859, 1e-3, 1e-3, "val_loss", 0.00, 104.09),
    EpochRecord(2, 0.117, 99.945, 0.08788, 99.943, 1e-3, 1e-3, "val_loss", 32.30, 93.52),
    EpochRecord(3, 0.086, 99.972, 0.06450, 99.972, 1e-3, 1e-3, "val_loss", 26.61, 92.83),
    EpochRecord(4, 0.067, 99.987, 0.05427, 99.972, 1e-3, 1e-3, "val_loss", 15.86, 90.68),
    EpochRecord(5, 0.059, 99.932, 0.04867, 99.972, 1e-3, 1e-3, "val_loss", 10.32, 83.18),
)

TABLE_2 = MappingProxyType(
    {
        "precision": "1.0000",
        "recall": "1.0000",
        "f1": "1.0000",
        "accuracy": "0.9996",
        "cohen_kappa": "0.99",
        "log_loss": "0.0037",
    }
)
"""Table 2, with the digits that it prints."""

TABLES_3_AND_4: tuple[PaperUncertainty, ...] = (
    PaperUncertainty("AbdomenCT", 0.04, "moderate", 0.00, "low"),
    PaperUncertainty("BreastMRI", 0.01, "low", 0.00, "low"),
    PaperUncertainty("CXR", 0.02, "low", 0.01, "low"),
    PaperUncertainty("ChestCT", 0.03, "moderate", 0.03, "moderate"),
    PaperUncertainty("Hand", 0.02, "low", 0.01, "low"),
    PaperUncertainty("HeadCT", 0.02, "low", 0.00, "low"),
)

TABLE_6: tuple[PaperModel, ...] = (
    PaperModel("ResNet50", 0.986, None, "Table 6"),
    PaperModel("CNN, attention 0, residual 1", 0.967, 0.106, "Table 6"),
    PaperModel("CNN, attention 1, residual 0", 0.975, 0.012, "Table 6"),
    PaperModel("ARN-CNN", 0.996, 0.0037, "Table 6"),
)

ARN_CNN_IN_TEXT = PaperModel("ARN-CNN", 0.9996, 0.0037, "abstract and Table 2")
MQCNN = PaperModel("MQCNN", 0.996, None, "Hassan et al., cited in the paper's discussion")
