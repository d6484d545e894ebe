"""Sphinx: ``python -m sphinx -W -b html docs OUT`` builds the documentation, figures included."""

import sys
from importlib import metadata
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "chainrule"
author = "The chainrule developers"
project_copyright = "The chainrule developers, Apache-2.0"
release = metadata.version("chainrule")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "cli",
    "commands",
    "docstrings",
    "mathml",
    "public",
    "settings",
]
myst_enable_extensions = ["dollarmath", "deflist", "colon_fence"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
autodoc_inherit_docstrings = False  # forward, backward … are described once, at Layer
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_type_aliases = {  # shown by these names, not as what they stand for
    name: name
    for name in (
        *("Array", "Groups", "Initializer", "Interval", "PixelValue", "Shape", "Units"),
        *("Fraction", "Probability", "Share", "NonNegativeFloat", "NonNegativeInt"),
        *("PositiveFloat", "PositiveInt"),
    )
}
highlight_language = "none"
smartquotes = False  # it would turn "--set" into a dash
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

html_theme = "furo"
html_title = f"chainrule {release}"
html_static_path = ["_static"]
html_css_files = ["style.css"]
html_show_sphinx = False
html_theme_options = {"top_of_page_buttons": []}
