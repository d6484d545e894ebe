"""Where each number of an instruction stands in its row of the table.

Places are counted in float32 numbers: SOURCE, OTHER and OUT in the memory of values, with the
distances between images, lines and pixels beside each; WEIGHT, BIAS, NUMBER and BOUNDS in the
weights; …TABLE in the table of whole numbers.
"""

NAMES = (
    "OP", "PIECES", "CHUNK", "CHUNKS", "COUNT", "LINES", "COLUMNS", "HEIGHT", "WIDTH", "CHANNELS",
    "OUTPUTS", "KIND", "MEAN", "SOURCE", "SOURCE_IMAGE", "SOURCE_LINE", "SOURCE_PIXEL", "OTHER",
    "OTHER_IMAGE", "OTHER_LINE", "OTHER_PIXEL", "OUT", "OUT_IMAGE", "OUT_LINE", "OUT_PIXEL",
    "WEIGHT", "BIAS", "BOUNDS", "ACTIVATION", "NUMBER", "TABLE", "ROW_TABLE", "TAP_TABLE",
    "OUT_TABLE", "OTHER_TABLE", "DEPTH", "TAPS", "RUN", "SOURCE_STEP", "WEIGHT_STEP", "OUT_STEP",
    "KERNEL_HEIGHT", "KERNEL_WIDTH", "STRIDE_LINE", "STRIDE_PIXEL", "DILATION_LINE",
    "DILATION_PIXEL", "EDGE", "SPAN", "PLAIN",
    "BATCHES", "PANELS",
)  # fmt: skip

(
    OP, PIECES, CHUNK, CHUNKS, COUNT, LINES, COLUMNS, HEIGHT, WIDTH, CHANNELS, OUTPUTS, KIND, MEAN,
    SOURCE, SOURCE_IMAGE, SOURCE_LINE, SOURCE_PIXEL, OTHER, OTHER_IMAGE, OTHER_LINE, OTHER_PIXEL,
    OUT, OUT_IMAGE, OUT_LINE, OUT_PIXEL, WEIGHT, BIAS, BOUNDS, ACTIVATION, NUMBER, TABLE,
    ROW_TABLE, TAP_TABLE, OUT_TABLE, OTHER_TABLE, DEPTH, TAPS, RUN, SOURCE_STEP, WEIGHT_STEP,
    OUT_STEP, KERNEL_HEIGHT, KERNEL_WIDTH, STRIDE_LINE, STRIDE_PIXEL, DILATION_LINE, DILATION_PIXEL,
    EDGE, SPAN, PLAIN, BATCHES, PANELS,
) = range(len(NAMES))  # fmt: skip

OPERATIONS = ("product", "pixels", "pooling", "depthwise", "tiles", "result")
"""Each stands at its OP."""
