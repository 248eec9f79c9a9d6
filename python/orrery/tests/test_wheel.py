"""The wheel as it is published."""

import ast
import importlib.metadata
import json
import subprocess
import sys

import pytest
from conftest import PACKAGE, ROOT

ENTRY_POINTS = {
    "mlflow.request_auth_provider": "orrery.mlflow_plugin:OrreryAuthProvider",
    "mlflow.default_experiment_provider": "orrery.mlflow_plugin:OrreryDefaults",
}


def test_the_wheel_holds_the_package_and_its_entry_points(wheel, installed):
    assert wheel.name == "orrery-0.1.0-py3-none-any.whl"
    [distribution] = importlib.metadata.distributions(path=[str(installed)])
    assert {point.group: point.value for point in distribution.entry_points} == ENTRY_POINTS
    assert distribution.metadata["Requires-Python"] == ">=3.9"
    needs = [each for each in distribution.requires if "extra" not in each]
    assert needs == ["requests>=2.28"]
    assert (installed / "orrery" / "py.typed").exists()


def test_a_fresh_environment_with_requests_alone_can_use_it(wheel, tmp_path):
    import setup  # compat/env

    venv = tmp_path / "venv"
    setup.run_uv("venv", "--quiet", "--python", sys.executable, str(venv))
    python = venv / "bin" / "python"
    setup.run_uv("pip", "install", "--quiet", "--python", str(python), str(wheel))
    script = (
        "import json, orrery, sys\n"
        "from importlib.metadata import entry_points\n"
        "orrery.Workspace, orrery.Experiment, orrery.Run, orrery.Model, orrery.MLClient, orrery.get_portal_url\n"
        "groups = [each.group for each in entry_points() if each.name == 'orrery'] if sys.version_info >= (3, 12)"
        " else [group for group, points in entry_points().items() if any(p.name == 'orrery' for p in points)]\n"
        "print(json.dumps([sorted(set(groups)), 'mlflow' in sys.modules]))\n"
    )
    told = subprocess.run(
        [str(python), "-c", script], capture_output=True, text=True, cwd=tmp_path, timeout=60
    )
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout) == [sorted(ENTRY_POINTS), False]


def test_the_build_is_pinned_as_the_tests_build_it():
    needed = (ROOT / "compat/env/build.in").read_text().split()[-1]
    assert f'requires = ["{needed}"]' in (PACKAGE / "pyproject.toml").read_text()
    import orrery

    assert f'version = "{orrery.__version__}"' in (PACKAGE / "pyproject.toml").read_text()


def sources():
    return sorted([*(PACKAGE / "src").rglob("*.py"), *(ROOT / "examples/azure-seeds").glob("*.py")])


@pytest.mark.parametrize("path", sources(), ids=lambda path: path.name)
def test_python_3_9_reads_it(path):
    tree = ast.parse(path.read_text(), feature_version=(3, 9))
    if "examples" in path.parts:
        return
    imported = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    # Annotations are text then, so that `X | Y` in one would not fail in 3.9 either.
    assert any(node.module == "__future__" for node in imported), f"{path} lacks the import of annotations"
    # What is evaluated when the module is loaded must be of 3.9: no `int | None` outside of annotations, no `match`.
    assert not any(isinstance(node, ast.Match) for node in ast.walk(tree))


def test_importing_loads_nothing_before_it_is_used():
    script = (
        "import sys, orrery; print(sorted(name for name in sys.modules if name in ('requests', 'mlflow')))"
    )
    told = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        env={"PYTHONPATH": str(PACKAGE / "src")},
    )
    assert told.stdout.strip() == "[]", told.stderr


def test_there_is_a_name_for_everything_that_is_promised():
    import orrery

    for name in orrery.__all__:
        assert getattr(orrery, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        orrery.Nothing  # noqa: B018
