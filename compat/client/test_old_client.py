"""The newest client of the 2.x line, in its own environment: one journey."""

import json
import pathlib
import subprocess

import pytest

pytestmark = pytest.mark.sqlite_only

PYTHON = pathlib.Path(__file__).parents[2] / ".cache/python/old-client/bin/python"


def test_mlflow_2_22_trains_and_reads_back(client, experiment):
    journey = pathlib.Path(__file__).parent / "old_journey.py"
    done = subprocess.run([PYTHON, journey, experiment], capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["version"].startswith("2.22.")
    read = client.get_run(told["run_id"])
    assert read.info.status == "FINISHED"
    assert read.data.params["C"] == "0.5"
    assert read.data.metrics["loss"] == 0.25
    assert {entry.path for entry in client.list_artifacts(told["run_id"])} == {"model", "notes.txt"}
