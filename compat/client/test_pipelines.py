"""The training script of the pipelines in examples/ci, with the real client; their other steps are run beside the CLI."""

import json
import os
import subprocess
import sys

import mlflow
import pytest

from harness.servers import ROOT


@pytest.mark.sqlite_only
def test_the_training_script_of_the_pipelines(client, tmp_path):
    script = ROOT / "examples" / "ci" / "train.py"
    environment = {**os.environ, "MLFLOW_TRACKING_URI": mlflow.get_tracking_uri()}
    told = subprocess.run(
        [sys.executable, script], cwd=tmp_path, env=environment, check=True, capture_output=True, text=True
    )
    run_id = told.stdout.strip().splitlines()[-1]
    assert told.stdout == f"{run_id}\n", "steps take everything that it prints for the id"
    run = client.get_run(run_id)
    assert run.info.status == "FINISHED"
    assert run.data.metrics["loss"] < 0.5
    weights = mlflow.artifacts.load_text(f"runs:/{run_id}/model/weights.json")
    assert abs(json.loads(weights)["weight"] - 3) < 0.1
