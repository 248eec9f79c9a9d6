"""`mlflow run .` in the current environment."""

import subprocess
import sys

import mlflow
import pytest

pytestmark = pytest.mark.sqlite_only

MLPROJECT = """\
name: alpha-project
entry_points:
  main:
    parameters:
      alpha: {type: float, default: 0.5}
    command: "python train.py {alpha}"
"""
TRAIN = """\
import sys
import mlflow

with mlflow.start_run():
    mlflow.log_metric("alpha_squared", float(sys.argv[1]) ** 2)
    mlflow.log_text("done", "result.txt")
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "MLproject").write_text(MLPROJECT)
    (tmp_path / "train.py").write_text(TRAIN)
    return tmp_path


def test_a_project_runs_as_one_run(client, experiment, project, monkeypatch):
    monkeypatch.delenv(
        "MLFLOW_EXPERIMENT_ID"
    )  # set_experiment leaves it for children; the command takes a name
    name = client.get_experiment(experiment).name
    words = ["run", str(project), "--env-manager", "local", "-P", "alpha=0.3", "--experiment-name", name]
    done = subprocess.run(
        [sys.executable, "-m", "mlflow", *words], capture_output=True, text=True, timeout=500
    )
    assert done.returncode == 0, done.stderr
    [run] = client.search_runs([experiment])
    assert run.info.status == "FINISHED"
    assert run.data.params == {"alpha": "0.3"}
    assert run.data.metrics["alpha_squared"] == pytest.approx(0.09)
    assert run.data.tags["mlflow.source.type"] == "PROJECT"
    assert run.data.tags["mlflow.project.entryPoint"] == "main"
    assert [entry.path for entry in client.list_artifacts(run.info.run_id)] == ["result.txt"]


def test_a_project_that_fails_is_a_failed_run(client, experiment, project):
    (project / "train.py").write_text("import sys; sys.exit(3)")
    with pytest.raises(mlflow.exceptions.ExecutionException):
        mlflow.projects.run(str(project), env_manager="local", experiment_id=experiment)
    [run] = client.search_runs([experiment])
    assert run.info.status == "FAILED"
