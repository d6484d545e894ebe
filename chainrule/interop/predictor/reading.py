"""How a predictor reads image files and answers on a command line; copied into each.

Images are read as chainrule reads them: see `chainrule.data.formats.images.read_image`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = Any

IMAGE_SHAPE: Any = (8, 8, 1)
CLASSES: Any = ()
RESIZE = "stretch"


def logits(x: Array) -> Array:
    raise NotImplementedError  # each predictor has its own


def softmax(x: Array) -> Array:
    raise NotImplementedError  # this one too


# --- copied from here on ---
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "PPM")


def predict(images: Any) -> Array:
    """Probabilities (N, K) of uint8 images (N, H, W, C); also of one image, and of gray images
    without their last axis. Column k is that of CLASSES[k]."""
    x = np.asarray(images)
    if x.shape in (IMAGE_SHAPE, IMAGE_SHAPE[:2]):
        x = x[np.newaxis]
    if IMAGE_SHAPE[2] == 1 and x.shape[1:] == IMAGE_SHAPE[:2]:
        x = x[..., np.newaxis]
    if x.dtype != np.uint8 or x.shape[1:] != IMAGE_SHAPE:
        raise ValueError(
            f"images: expected uint8 (N, {', '.join(map(str, IMAGE_SHAPE))}), received {x.dtype} "
            f"of shape {x.shape}"
        )
    if not len(x):
        return np.zeros((0, len(CLASSES)), np.float32)
    return np.concatenate([softmax(logits(x[i : i + 64])) for i in range(0, len(x), 64)])


def read_image(path: Any) -> Array:
    """The image in a file as uint8 (H, W, C), or an array in a .npy file."""
    if str(path).lower().endswith(".npy"):
        return np.load(path, allow_pickle=False)
    try:
        from PIL import Image
    except ImportError:
        raise ValueError(
            "image files need Pillow (pip install pillow), .npy files do not"
        ) from None
    h, w, c = IMAGE_SHAPE
    with Image.open(path, formats=FORMATS) as image:
        enough = 2 * max(h, w)  # a JPEG of more than four times the size is decoded at less
        image.draft(None, (min(enough, image.width), min(enough, image.height)))
        image.load()
        upright = opaque(turned(image, Image), Image).convert("L" if c == 1 else "RGB")
    return np.array(resized(upright, w, h, Image)).reshape(h, w, c)


def turned(image: Any, pil: Any) -> Any:
    """Upright, by the orientation in its EXIF data."""
    try:
        orientation = image.getexif().get(0x0112, 1)
    except Exception:  # broken metadata do not count
        orientation = 1
    ways = ["FLIP_LEFT_RIGHT", "ROTATE_180", "FLIP_TOP_BOTTOM", "TRANSPOSE", "ROTATE_270",
            "TRANSVERSE", "ROTATE_90"]  # fmt: skip
    if orientation not in range(2, 9):
        return image
    return image.transpose(pil.Transpose[ways[orientation - 2]])


def opaque(image: Any, pil: Any) -> Any:
    """Gray or RGB: transparent parts on white, 16 bits as 8."""
    if image.mode.startswith(("I", "F")):
        v = np.array(image)
        if v.dtype.kind not in "iu" or v.min() < 0 or v.max() > 65535:
            raise ValueError("its values are neither of 8 nor of 16 bits")
        v = v.astype(np.uint32)
        if isinstance(image.info.get("transparency"), int):
            v[v == image.info["transparency"]] = 65535
        return pil.fromarray(((v + 128) // 257).astype(np.uint8))
    if image.has_transparency_data:
        white = pil.new("RGBA", image.size, "white")
        return pil.alpha_composite(white, image.convert("RGBA")).convert("RGB")
    return image if image.mode in ("L", "RGB") else image.convert("RGB")


def resized(image: Any, w: int, h: int, pil: Any) -> Any:
    """W x H pixels, all of the image or its middle."""
    bilinear = pil.Resampling.BILINEAR
    width, height = image.size
    if (width, height) == (w, h):
        return image
    if RESIZE == "pad":
        scale = min(w / width, h / height)
        inner = max(1, round(width * scale)), max(1, round(height * scale))
        canvas = pil.new(image.mode, (w, h), "white")
        canvas.paste(image.resize(inner, bilinear), ((w - inner[0]) // 2, (h - inner[1]) // 2))
        return canvas
    if RESIZE == "crop":
        scale = min(width / w, height / h)
        x, y = (width - w * scale) / 2, (height - h * scale) / 2
        return image.resize((w, h), bilinear, box=(x, y, x + w * scale, y + h * scale))
    return image.resize((w, h), bilinear)


def main(arguments: list[str]) -> int:
    """A line for each image file: its three most probable classes. 2 if one cannot be read."""
    as_json = "--json" in arguments
    files = [name for name in arguments if name != "--json"]
    if not files or any(name in ("-h", "--help") for name in files):
        print(f"usage: python {Path(sys.argv[0]).name} [--json] IMAGE [IMAGE …]")
        return 0 if files else 2
    code, answers = 0, []
    for name in files:
        try:
            p = predict(read_image(name))[0]
        except Exception as error:  # decoders raise anything on a damaged file
            words = " ".join(str(error).split()) or type(error).__name__
            print(f"{name}: cannot be read: {words}", file=sys.stderr)
            code = 2
            continue
        best = [(CLASSES[k], float(p[k])) for k in np.argsort(-p, kind="stable")[:3]]
        if as_json:
            found = [{"class": c, "probability": q} for c, q in best]
            answers.append({"image": name, "predictions": found})
        else:
            print(name + "".join(f"  {c} {q:.4f}" for c, q in best))
    if as_json:
        print(json.dumps(answers, indent=2))
    return code
