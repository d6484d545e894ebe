"""Without scikit-learn, and without asking for it."""

from __future__ import annotations

import subprocess
import sys

WITHOUT = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "sklearn":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
import chainrule as cr
assert "sklearn" not in sys.modules
assert issubclass(cr.ImageClassifier, object) and cr.ImageClassifier.__doc__
for attempt in (lambda: cr.ImageClassifier(), lambda: cr.ImageClassifier("mlp", epochs=3)):
    try:
        attempt()
    except cr.InputError as error:
        print(error)
"""


def test_without_scikit_learn_one_line_says_what_to_install():
    out = subprocess.run(
        [sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=True
    )
    line = "ImageClassifier needs scikit-learn 1.6 or newer: pip install 'chainrule[sklearn]'"
    assert out.stdout.splitlines() == [line, line]


def test_chainrule_itself_does_not_import_it():
    code = "import sys, chainrule as cr; cr.Trainer; cr.models; assert 'sklearn' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
