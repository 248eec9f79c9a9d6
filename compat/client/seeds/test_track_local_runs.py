"""The journeys of a data scientist who has a script and a tracking URI, nothing else.

A connection to a workspace is one line; after it `set_experiment`, `start_run` and `log_metric` work as ever.
"""

import pathlib
import subprocess
import sys

import mlflow
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]


def python(script: str, folder: pathlib.Path) -> str:
    """Runs a script in a process of its own, which has the tracking URI in its environment only."""
    (folder / "my_training_script.py").write_text(script)
    done = subprocess.run(
        [sys.executable, "my_training_script.py"], cwd=folder, capture_output=True, text=True, timeout=500
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_one_line_connects_and_a_metric_is_tracked(server, client):
    mlflow.set_tracking_uri(server.url)
    experiment_name = "experiment_with_mlflow"
    mlflow.set_experiment(experiment_name)

    with mlflow.start_run() as run:
        mlflow.log_metric("alpha", 0.03)

    read = client.get_run(run.info.run_id)
    assert read.data.metrics == {"alpha": 0.03}
    assert client.get_experiment(read.info.experiment_id).name == experiment_name


@pytest.mark.sqlite_only
def test_a_script_submitted_elsewhere_finds_the_workspace_in_its_environment(client, tmp_path):
    before = {run.info.run_id for run in client.search_runs(["0"])}
    script = "import mlflow\n\nwith mlflow.start_run():\n    mlflow.log_metric('example', 1.23)\n"
    python(script, tmp_path)
    [run] = [run for run in client.search_runs(["0"]) if run.info.run_id not in before]
    assert run.data.metrics == {"example": 1.23}
    assert run.data.tags["mlflow.source.name"].endswith("my_training_script.py")


def test_a_loss_per_epoch_needs_no_run_of_its_own(client, experiment):
    for epoch, loss in enumerate([0.9, 0.5, 0.3]):
        mlflow.log_metric("epoch_loss", loss, step=epoch)
    run_id = mlflow.active_run().info.run_id
    mlflow.end_run()
    assert [point.value for point in client.get_metric_history(run_id, "epoch_loss")] == [0.9, 0.5, 0.3]


def test_metrics_and_artifacts_are_viewed_afterwards(client, experiment):
    with mlflow.start_run() as run:
        mlflow.log_metric("alpha", 0.03)
        mlflow.log_text("kept", "outputs/log.txt")
    assert mlflow.get_run(run.info.run_id).data.metrics == {"alpha": 0.03}
    assert [entry.path for entry in client.list_artifacts(run.info.run_id, "outputs")] == ["outputs/log.txt"]


@pytest.mark.sqlite_only
def test_a_project_is_submitted_from_its_folder_and_tracked(client, tmp_path, monkeypatch):
    (tmp_path / "MLproject").write_text(
        "name: mlflow-example\n"
        "conda_env: conda.yaml\n"
        "entry_points:\n"
        "  main:\n"
        "    parameters: {alpha: {type: float, default: 0.5}}\n"
        "    command: 'PYTHON train.py {alpha}'\n".replace("PYTHON", sys.executable)
    )
    (tmp_path / "conda.yaml").write_text(
        "name: mlflow-example\ndependencies:\n  - python=3.11\n  - pip\n  - pip:\n    - mlflow\n"
    )
    (tmp_path / "train.py").write_text(
        "import sys, mlflow\nwith mlflow.start_run():\n    mlflow.log_metric('alpha', float(sys.argv[1]))\n"
    )
    monkeypatch.chdir(tmp_path)
    mlflow.set_experiment("experiment-with-mlflow-projects")
    submitted = mlflow.projects.run(
        uri=".",
        parameters={"alpha": 0.3},
        env_manager="local",
        experiment_name="experiment-with-mlflow-projects",
    )
    run = client.get_run(submitted.run_id)
    assert submitted.get_status() == "FINISHED"
    assert (run.data.params, run.data.metrics) == ({"alpha": "0.3"}, {"alpha": 0.3})


@pytest.mark.sqlite_only
def test_the_first_run_of_the_examples(client, tmp_path):
    script = (ROOT / "examples" / "first-run" / "train.py").read_text()
    run_id = python(script, tmp_path).split("(")[1].split(")")[0]
    run = client.get_run(run_id)
    assert run.info.status == "FINISHED"
    assert set(run.data.metrics) == {"alpha", "mse"}
    assert run.data.params == {"alpha": "0.03", "rows": "331"}
    assert [dataset.dataset.name for dataset in run.inputs.dataset_inputs] == ["diabetes"]
    assert [entry.path for entry in client.list_artifacts(run_id)] == ["features.json"]
    [output] = run.outputs.model_outputs
    files = {entry.path for entry in client.list_logged_model_artifacts(output.model_id)}
    assert {"MLmodel", "conda.yaml", "requirements.txt"} <= files
    assert mlflow.pyfunc.load_model(f"models:/{output.model_id}").metadata.signature is not None
