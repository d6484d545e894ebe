"""Models for other programs, and models of other programs: ONNX both ways, PyTorch, a
predictor of NumPy alone, and a page that classifies images in a browser."""

from ..public import publish
from .exported import Exported as Exported
from .html_page import to_html as to_html
from .onnx_export import to_onnx as to_onnx
from .onnx_import import from_onnx as from_onnx
from .python_predictor import to_python as to_python
from .torch_folder import to_torch as to_torch

publish(globals())
