"""Make chainrule/data/files/digits.npz from scikit-learn's copy of the UCI digits.

    python tools/make_digits.py            (needs scikit-learn; prints the file's SHA-256)

images  uint8 (1797, 8, 8), values 0..16 as in the original, in its order
labels  uint8 (1797,)
test    uint16 (360,): the indices held out for the test, ascending; a fifth of each class
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

from chainrule.data.splits import stratified

TARGET = Path(__file__).parents[1] / "chainrule" / "data" / "files" / "digits.npz"
TEST_SEED = 0


def main() -> None:
    images, labels = load_digits(return_X_y=True)
    test = stratified(labels, round(len(labels) * 0.2), TEST_SEED)
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        TARGET,
        images=images.reshape(-1, 8, 8).astype(np.uint8),
        labels=labels.astype(np.uint8),
        test=test.astype(np.uint16),
    )
    print(f"{TARGET.stat().st_size:,} bytes, sha256")
    print(hashlib.sha256(TARGET.read_bytes()).hexdigest())


if __name__ == "__main__":
    main()
