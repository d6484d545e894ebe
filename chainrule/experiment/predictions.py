"""What a model says of each test image, as a table."""

from __future__ import annotations

import csv
import io

from ..cells import cell
from ..data.dataset import Dataset
from ..metrics import Evaluation
from ..printable import printable

HEADER = ("path", "true", "predicted", "probability")


def predictions_table(evaluation: Evaluation, test: Dataset) -> str:
    """CSV of path, true class, predicted class and the probability of the prediction.

    One row for each image, in the order of the data set. ``path`` is below the data set's folder,
    or "image 17" where the images have no files. An image for which the model gave no number has
    no prediction and no probability. `chainrule.cells` keeps spreadsheets from taking a name for a
    formula, and says how such a cell is read back.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    predicted, labels = evaluation.predicted.tolist(), test.labels.tolist()
    for n, (k, label) in enumerate(zip(predicted, labels, strict=True)):
        answer = (test.classes[k], f"{evaluation.probabilities[n, k]:.4f}") if k >= 0 else ("", "")
        row = (test.name_of(n), test.classes[label], *answer)
        writer.writerow([cell(printable(text)) for text in row])
    return text.getvalue()
