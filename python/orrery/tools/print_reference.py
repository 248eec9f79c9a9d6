"""Prints docs/python-reference.md of the signatures and docstrings: python3 python/orrery/tools/print_reference.py.

A test compares. Nothing of the package is imported: what is printed is what is written.
"""

from __future__ import annotations

import ast
import pathlib
import re
from typing import Iterator, List, Union

ROOT = pathlib.Path(__file__).resolve().parents[3]
SOURCES = ROOT / "python" / "orrery" / "src" / "orrery"
PAGE = ROOT / "docs" / "python-reference.md"

PARTS = (
    ("Workspaces", "workspace", ("Workspace",)),
    ("Experiments", "experiment", ("Experiment",)),
    ("Runs", "run", ("Run",)),
    ("What a run writes", "run_logging", ("RunLogging",)),
    ("Models", "model", ("Model",)),
    ("Pages", "portal", ("get_portal_url",)),
    ("v2", "ml_client", ("MLClient", "WorkspaceOperations", "ModelOperations", "JobOperations", "Poller")),
    ("v2: entities", "entities", ("Workspace", "WorkspaceKeys", "Model", "Job", "SystemData")),
    ("Errors", "errors", ("OrreryError",)),
    ("MLflow's plugin", "mlflow_plugin", ("OrreryAuthProvider", "enable")),
)
HEAD = """# The Python package

Printed from the docstrings of `python/orrery`; `from orrery import Workspace, Experiment, Run, Model, MLClient,
OrreryError, get_portal_url`, entities of v2 from `orrery.entities`. Every call raises `OrreryError`, whose `code` is
MLflow's error code or one of those below. Keyword arguments of Azure's SDKs that mean nothing here are accepted; one
that looks like a slip is warned of.
"""

Named = Union[ast.ClassDef, ast.FunctionDef]


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for title, module, names in PARTS:
        parts.append(f"\n## {title}\n")
        tree = ast.parse((SOURCES / f"{module}.py").read_text(encoding="utf-8"))
        found = {node.name: node for node in tree.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))}
        for name in names:
            parts.extend(described(found[name], f"orrery.{module}"))
    return "\n".join(parts).rstrip() + "\n"


def described(node: Named, module: str) -> Iterator[str]:
    """A class with its methods, or a function."""
    if isinstance(node, ast.FunctionDef):
        yield f"### `{signature(node, skip=0)}`\n\n{prose(node)}\n"
        return
    made = next((each for each in methods(node) if each.name == "__init__"), None)
    called = node.name if made is None else signature(made, skip=1).replace("__init__", node.name, 1)
    yield f"### `{called}`\n\nIn `{module}`. {prose(node)}\n"
    for each in methods(node):
        if each.name.startswith("_"):
            continue
        decorators = {one.id for one in each.decorator_list if isinstance(one, ast.Name)}
        if "property" in decorators:
            told = f"**`.{each.name}`**{returns(each)}"
        else:
            told = f"**`.{signature(each, skip=0 if 'staticmethod' in decorators else 1)}`**"
        text = prose(each)
        yield f"- {told}" + ("" if text == "" else indented(f"\n{text}"))
    yield ""


def methods(node: ast.ClassDef) -> List[ast.FunctionDef]:
    return [each for each in node.body if isinstance(each, ast.FunctionDef)]


def signature(node: ast.FunctionDef, skip: int) -> str:
    """As it is called; what is swallowed (`**_kept`) and what begins with `_` is left out."""
    given = node.args
    plain = [*given.posonlyargs, *given.args]
    defaults = [None] * (len(plain) - len(given.defaults)) + list(given.defaults)
    told = [argument(each, default) for each, default in zip(plain, defaults)][skip:]
    if given.vararg is not None:
        told.append(f"*{given.vararg.arg}")
    elif given.kwonlyargs:
        told.append("*")
    told += [argument(each, default) for each, default in zip(given.kwonlyargs, given.kw_defaults)]
    if given.kwarg is not None and not given.kwarg.arg.startswith("_"):
        told.append(f"**{given.kwarg.arg}")
    return f"{node.name}({', '.join(each for each in told if not each.startswith('_'))}){returns(node)}"


def argument(node: ast.arg, default: "ast.expr | None") -> str:
    shown = node.arg if node.annotation is None else f"{node.arg}: {typed(node.annotation)}"
    return shown if default is None else f"{shown} = {ast.unparse(default)}"


def returns(node: ast.FunctionDef) -> str:
    told = "" if node.returns is None else typed(node.returns)
    return "" if told in ("", "None") or node.name == "__init__" else f" -> {told}"


def typed(node: ast.expr) -> str:
    text = ast.unparse(node).replace("'", "")
    return re.sub(r"Optional\[([\w.]+)\]", r"\1 | None", text)


def prose(node: Named) -> str:
    """The docstring; its sections become lists."""
    lines: List[str] = []
    for line in (ast.get_docstring(node) or "").splitlines():
        section = re.match(r"^(Args|Raises|Attributes):$", line)
        item = re.match(r"^    (\w[\w.]*): (.*)$", line)
        if section is not None:
            lines.append(f"*{section.group(1)}*\n")
        elif item is not None:
            lines.append(f"- `{item.group(1)}`: {item.group(2)}")
        else:
            lines.append(line[6:] if line.startswith("        ") and lines else line.strip())
    return "\n".join(lines).strip()


def indented(text: str) -> str:
    return "\n".join(f"  {line}" if line else line for line in text.split("\n"))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)}")
