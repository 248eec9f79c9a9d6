"""The seeds' code: examples that differ from it in their imports alone, run as a user runs them."""

import os
import re

import pytest
from conftest import PACKAGE, ROOT

from orrery import Experiment, Workspace

SEEDS = ROOT / "examples" / "azure-seeds"


@pytest.fixture
def run_example(installed, tmp_path, warm):
    def run_example(code: str, **env: str) -> str:
        """Runs code, or the example of that name."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_TRACKING")}
        settings = {"PYTHONPATH": str(installed), "PYTHONWARNINGS": "ignore"}
        done = warm("client").run(SEEDS / code if code.endswith(".py") else code, [], {**kept, **settings, **env}, str(tmp_path / "work"))
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    return run_example


@pytest.mark.one_engine
def test_the_examples_of_the_seeds(run_example, sign_in, guarded):
    """In one test: each goes on from what the one before it left."""
    sign_in("root")
    Workspace.get("default").write_config()
    run_example("track_local_runs.py")
    [run] = Experiment(Workspace(), "experiment_with_mlflow").get_runs()
    assert run.get_metrics() == {"alpha": 0.03}

    told = run_example("view_metrics.py")
    assert "{'alpha': 0.03}" in told
    assert "'name': 'default'" in told

    told = run_example("get_workspace.py")
    assert f"orrery {guarded.url}/workspaces/elsewhere/#/experiments/" in told

    uri = Workspace.get("elsewhere").get_mlflow_tracking_uri()
    run_example("epoch_loss.py", MLFLOW_TRACKING_URI=uri)
    run_example("my_training_script.py", MLFLOW_TRACKING_URI=uri)
    found = list(Experiment(Workspace.get("elsewhere"), "Default").get_runs())
    assert [each.get_metrics() for each in found][:2] == [{"example": 1.23}, {"epoch_loss": 0.25}]

    told = run_example("register_model.py")
    assert "my-model:1 True" in told
    assert "downloaded" in told

    assert "['default', 'elsewhere']" in run_example("clean_up.py")
    assert list(Experiment(Workspace(), "experiment_with_mlflow").get_runs()) == []


@pytest.mark.one_engine
def test_the_code_of_the_readme_runs(run_example, sign_in, guarded, tmp_path):
    sign_in("root")
    Workspace.create("vision", exist_ok=True).write_config()
    (tmp_path / "work" / "outputs" / "model").mkdir(parents=True)
    (tmp_path / "work" / "outputs" / "model" / "weights.bin").write_bytes(b"w")
    blocks = re.findall(r"^```python\n(.*?)^```", (PACKAGE / "README.md").read_text(), re.M | re.S)
    told = [run_example(block) for block in blocks]
    assert told == ["", "{'loss': [0.9, 0.5, 0.3]} my-model:1 weights.bin\n"]


@pytest.mark.one_engine
def test_the_training_script_of_the_pipelines_ends_with_the_id_of_its_run(warm, guarded, tmp_path):
    place = f"{guarded.url}/workspaces/elsewhere"
    settings = {"MLFLOW_TRACKING_URI": place, "MLFLOW_TRACKING_TOKEN": guarded.tokens["ada"]}
    done = warm("client").run(ROOT / "examples/ci/train.py", [], {**os.environ, **settings}, str(tmp_path / "work"))
    assert done.returncode == 0, done.stderr[-3000:]
    run_id = done.stdout.splitlines()[-1]
    found = guarded.call("ada", "GET", "/workspaces/elsewhere/api/2.0/mlflow/runs/get", run_id=run_id)["run"]
    assert found["info"]["status"] == "FINISHED"
    assert [metric["key"] for metric in found["data"]["metrics"]] == ["loss"]


def lines_of(path) -> list:
    """Without imports, comments and empty lines, in the words of the seeds."""
    kept = []
    for line in path.read_text(encoding="utf-8").splitlines():
        text = line.strip()
        if text and not text.startswith(("#", "import ", "from ")):
            kept.append(text)
    return kept


# Of the article on MLflow Tracking: its lines, which must stand in the examples as they are.
SEED_LINES = {
    "track_local_runs.py": [
        "ws = Workspace.from_config()",
        "mlflow.set_tracking_uri(ws.get_mlflow_tracking_uri())",
        "experiment_name = 'experiment_with_mlflow'",
        "mlflow.set_experiment(experiment_name)",
        "with mlflow.start_run():",
        "mlflow.log_metric('alpha', 0.03)",
    ],
    "my_training_script.py": ["with mlflow.start_run():", "mlflow.log_metric('example', 1.23)"],
    "get_workspace.py": [
        "ws = Workspace.get(name=workspace_name,",
        "subscription_id=subscription_id,",
        "resource_group=resource_group)",
        "uri = ws.get_mlflow_tracking_uri()",
        "mlflow.set_tracking_uri(uri)",
    ],
    "epoch_loss.py": ["mlflow.log_metric('epoch_loss', loss.item())"],
    "register_model.py": ["run.register_model(model_name = 'my-model', model_path = 'model')"],
}


@pytest.mark.parametrize("name", SEED_LINES)
def test_the_lines_of_the_seeds_stand_in_the_examples(name):
    lines = lines_of(SEEDS / name)
    positions = [lines.index(line) for line in SEED_LINES[name]]
    assert positions == sorted(positions)
    assert "azureml" not in "\n".join(lines)


def test_the_readme_lists_every_example():
    told = (SEEDS / "README.md").read_text()
    assert [path.name for path in SEEDS.glob("*.py") if f"`{path.name}`" not in told] == []
    assert (PACKAGE / "README.md").exists()
