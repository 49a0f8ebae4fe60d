"""ARN-CNN in PyTorch, layer by layer as ``arncnn.network.arn_cnn``: a rival for speed only."""

import torch
from torch import nn


class Attention(nn.Module):
    """Two 1 x 1 convolutions make one map that multiplies the input."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.features = nn.Conv2d(channels, channels // 2, 1)
        self.map = nn.Conv2d(channels // 2, 1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * torch.sigmoid(self.map(torch.relu(self.features(x))))


class Residual(nn.Module):
    """The residual block with its attention and its pool."""

    def __init__(self, channels: int, filters: int) -> None:
        super().__init__()
        self.conv_1 = nn.Conv2d(channels, filters, 3, padding=1, bias=False)
        self.norm_1 = nn.BatchNorm2d(filters)
        self.conv_2 = nn.Conv2d(filters, filters, 3, padding=1, bias=False)
        self.norm_2 = nn.BatchNorm2d(filters)
        self.attention = Attention(filters)
        self.skip = nn.Conv2d(channels, filters, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = torch.relu(self.norm_1(self.conv_1(x)))
        y = self.attention(self.norm_2(self.conv_2(y)))
        return nn.functional.max_pool2d(torch.relu(y + self.skip(x)), 2)


def build(classes: int, dropout: float) -> nn.Sequential:
    """(batch, 1, 64, 64) to logits (batch, classes)."""
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        Attention(32), Attention(32), Residual(32, 64),
        nn.Conv2d(64, 64, 3, padding=1), nn.ReLU(), Attention(64),
        nn.Conv2d(64, 256, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        *(Attention(256) for _ in range(4)),
        nn.Conv2d(256, 125, 1), nn.ReLU(), nn.Flatten(),
        nn.Linear(8000, 256), nn.GELU(), nn.Dropout(dropout), nn.Linear(256, classes),
    )  # fmt: skip


class Trainer:
    """Takes steps as the paper's recipe does: Adamax, cross-entropy, L1 and L2 on the head."""

    def __init__(
        self, classes: int, dropout: float, l1: float, l2: float, rate: float,
        *, is_channels_last: bool = False, is_bfloat16: bool = False, is_compiled: bool = False,
    ) -> None:  # fmt: skip
        self.model = build(classes, dropout)
        if is_channels_last:
            self.model = self.model.to(memory_format=torch.channels_last)
        self._passed = torch.compile(self.model) if is_compiled else self.model
        self._is_bfloat16 = is_bfloat16
        self.optimizer = torch.optim.Adamax(self.model.parameters(), lr=rate)
        self.l1, self.l2 = l1, l2

    @property
    def parameters(self) -> int:
        """Trainable ones."""
        return sum(parameter.numel() for parameter in self.model.parameters())

    def step(self, images, targets) -> None:
        """One step on float32 (batch, 64, 64, 1) and int64 (batch,)."""
        x = torch.from_numpy(images).permute(0, 3, 1, 2)
        self.optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=self._is_bfloat16):
            logits = self._passed(x)
        loss = nn.functional.cross_entropy(logits.float(), torch.from_numpy(targets))
        for layer in (self.model[-1], self.model[-4]):
            for parameter in layer.parameters():
                loss = loss + self.l1 * parameter.abs().sum() + self.l2 * parameter.square().sum()
        loss.backward()
        self.optimizer.step()
