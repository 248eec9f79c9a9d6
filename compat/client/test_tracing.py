"""Traces come later. Until then a script with @mlflow.trace must train and log as if nothing were."""

import subprocess
import sys
import time

import pytest

SCRIPT = """\
import mlflow

@mlflow.trace
def predict(x):
    return x * 2

mlflow.set_experiment(experiment_id="EXPERIMENT")
with mlflow.start_run():
    for step in range(5):
        mlflow.log_metric("loss", predict(step), step=step)
"""


@pytest.mark.sqlite_only
def test_a_traced_script_trains_and_ends_in_time(client, experiment, tmp_path):
    script = tmp_path / "train.py"
    script.write_text(SCRIPT.replace("EXPERIMENT", experiment))
    started = time.monotonic()
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stderr
    [run] = client.search_runs([experiment])
    assert (run.info.status, run.data.metrics) == ("FINISHED", {"loss": 8.0})
    assert time.monotonic() - started < 300, "waited for an answer to its traces"
