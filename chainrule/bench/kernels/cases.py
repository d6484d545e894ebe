"""The kernels that are timed, and how much work each has to do at least.

A case says what is computed on which shape, for anybody to translate. ``work`` counts the
multiplications and additions of the definition, or the bytes that must be read and written once;
an algorithm that needs fewer shows as a figure above the machine's.
"""

from __future__ import annotations

from dataclasses import dataclass

GFLOPS, GBYTES = "GFLOP/s", "GB/s"


@dataclass(frozen=True)
class Case:
    """``operation`` on images (N, side, side, channels), or, with side 0, rows (N, channels).

    ``outputs``, ``kernel`` and ``stride`` are of convolutions and products. ``algorithm`` is one
    of `chainrule.kernels.cpu.conv.ALGORITHMS` instead of the one that would be chosen.
    """

    operation: str
    channels: int
    side: int = 0
    outputs: int = 0
    kernel: int = 1
    stride: int = 1
    algorithm: str = ""

    @property
    def name(self) -> str:
        size = f" at {self.side}x{self.side}" if self.side else ""
        if not self.outputs:
            return f"{self.operation} {self.channels}{size}"
        window = f" {self.kernel}x{self.kernel}" if self.side else ""
        stride = f" stride {self.stride}" if self.stride > 1 else ""
        by = f" by {self.algorithm}" if self.algorithm else ""
        return f"{self.operation}{window}{stride} {self.channels}>{self.outputs}{size}{by}"

    def shape(self, batch_size: int) -> tuple[int, ...]:
        return (batch_size, *((self.side, self.side) if self.side else ()), self.channels)

    @property
    def family(self) -> str:
        """The first word of the operation: its gradients are made of the same arrays."""
        return self.operation.partition(" ")[0]

    @property
    def padding(self) -> int:
        return self.kernel // 2

    def work(self, batch_size: int) -> tuple[float, str]:
        """(amount, unit a second): 1e9 operations or bytes are 1."""
        pixels = self.side**2 or 1
        if self.operation in BYTES:
            numbers = batch_size * pixels * self.channels
            return BYTES[self.operation] * numbers / 1e9, GBYTES
        if self.operation in UPDATES:
            return UPDATES[self.operation] * self.channels * self.outputs / 1e9, GBYTES
        made = batch_size * pixels / self.stride**2
        return 2 * made * self.kernel**2 * self.channels * self.outputs / 1e9, GFLOPS


# Bytes for each number of the input: float32 in and out, and what is kept between.
BYTES = {
    "batch norm": 8.0,
    "batch norm backward": 12.0,
    "relu": 8.0,
    "relu backward": 12.0,
    "max-pool": 5.25,  # a quarter of the numbers and their places come out
    "max-pool backward": 5.25,
    "mean pool": 4.0,
    "mean pool backward": 4.0,
    "dropout": 8.0,
    "normalize uint8": 5.0,
    "cross-entropy": 8.0,
}

# … and for each weight: weights and state are read and written, gradients read.
UPDATES = {"sgd": 20.0, "adam": 28.0}

_CONVOLUTIONS = (
    # side, channels, outputs, kernel, stride
    (32, 3, 64, 3, 1), (32, 64, 64, 3, 1), (16, 64, 128, 3, 1), (16, 128, 128, 3, 1),
    (8, 128, 256, 3, 1), (8, 256, 256, 3, 1), (4, 512, 512, 3, 1), (32, 64, 128, 3, 2),
    (32, 64, 128, 1, 2), (32, 64, 64, 1, 1),
)  # fmt: skip


def _convolutions() -> list[Case]:
    verbs = ("conv", "conv input gradient", "conv weight gradient")
    return [
        Case(verb, channels, side, outputs, kernel, stride, algorithm)
        for side, channels, outputs, kernel, stride in _CONVOLUTIONS
        for verb in verbs
        if (verb, channels) != ("conv input gradient", 3)  # nobody needs that of an image
        for algorithm in (("", "columns") if stride == 1 and channels > 3 else ("",))
    ]


CASES = [
    *_convolutions(),
    *(Case(f"linear{verb}", 784, outputs=256) for verb in ("", " weight gradient")),
    *(Case(name, 64, 32) for name in list(BYTES)[:6]),
    *(Case(name, 256) for name in ("batch norm", "batch norm backward", "relu", "relu backward")),
    *(Case(name, 512, 4) for name in ("mean pool", "mean pool backward")),
    Case("dropout", 256),
    Case("normalize uint8", 3, 32),
    Case("cross-entropy", 10),
    Case("sgd", 9 * 512, outputs=512),
    Case("adam", 784, outputs=256),
]


def chosen(words: str | None) -> list[Case]:
    """Cases whose name has ``words``; all of them for None."""
    return [case for case in CASES if words is None or words in case.name]
