"""No circle of imports, also inside packages. `lint-imports` keeps the order between packages.

Counted is what runs: imports at the head of a module and inside functions, and not those for type
annotations alone. Two folders that import from one another are a circle too, even where no two
of their modules are.
"""

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import chainrule

Graph = Mapping[str, set[str]]


def imports(node: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
            yield from imports(ast.Module(child.orelse, []))
        elif isinstance(child, ast.Import | ast.ImportFrom):
            yield child
        else:
            yield from imports(child)


def imported(module: str, source: str, is_package: bool, known: set[str]) -> set[str]:
    """The modules of ``known`` that ``module`` imports, or imports from."""
    found = set()
    for node in imports(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
            continue
        base = module.split(".")[: len(module.split(".")) - node.level + is_package]
        origin = ".".join([*(base if node.level else []), *filter(None, [node.module])])
        for alias in node.names:
            inner = f"{origin}.{alias.name}"
            found.add(inner if inner in known else origin)
    return (found & known) - {module}


def graph(folder: Path) -> Graph:
    """What each module of a package imports of it, by dotted names."""
    paths = {}
    for path in folder.rglob("*.py"):
        parts = path.relative_to(folder.parent).with_suffix("").parts
        paths[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return {
        name: imported(name, path.read_text("utf-8"), path.name == "__init__.py", {*paths})
        for name, path in paths.items()
    }


def circles(edges: Graph) -> list[str]:
    """A circle among the modules, and one among the children of each package; [] for none."""
    siblings: dict[str, dict[str, set[str]]] = {"modules": {k: {*v} for k, v in edges.items()}}
    for a, targets in edges.items():
        for b in targets:
            ours, theirs = a.split("."), b.split(".")
            n = next((i for i, (x, y) in enumerate(zip(ours, theirs, strict=False)) if x != y), 0)
            if n:  # else one is the package that the other is in
                below = siblings.setdefault(".".join(ours[:n]), {})
                below.setdefault(ours[n], set()).add(theirs[n])
    found = []
    for where, each in siblings.items():
        try:
            TopologicalSorter(each).prepare()
        except CycleError as error:
            found.append(f"{where}: {' <- '.join(error.args[1])}")
    return found


def test_no_circles() -> None:
    assert circles(graph(Path(chainrule.__file__).parent)) == []


def write(folder: Path, files: Mapping[str, str]) -> Graph:
    for name, text in files.items():
        path = folder / "p" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        (path.parent / "__init__.py").touch()
    return graph(folder / "p")


def test_circles_are_seen_in_functions_and_between_folders(tmp_path: Path) -> None:
    late = write(tmp_path / "1", {"a.py": "def f():\n    from .b import g\n", "b.py": "import p.a"})
    assert len(circles(late)) == 2  # as modules, and as children of p
    through = write(
        tmp_path / "2",
        {
            "a/x.py": "from ..b import y",
            "b/y.py": "",
            "b/z.py": "from ..a.w import v",
            "a/w.py": "",
        },
    )
    (found,) = circles(through)
    assert found.startswith("p: ")
    package = write(tmp_path / "3", {"a/x.py": "from . import f", "a/y.py": ""})
    assert circles(package) == []
    (tmp_path / "3/p/a/__init__.py").write_text("from .x import f")
    assert len(circles(graph(tmp_path / "3/p"))) == 1


def test_what_is_imported_for_types_alone_is_no_circle(tmp_path: Path) -> None:
    typed = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .b import B\n"
    assert circles(write(tmp_path, {"a.py": typed, "b.py": "from .a import A"})) == []
    other = typed + "else:\n    from .b import C\n"
    assert circles(write(tmp_path, {"a.py": other})) != []
