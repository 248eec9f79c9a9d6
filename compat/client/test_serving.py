"""`mlflow models serve -m runs:/…`: the client fetches the model from the server and answers predictions."""

import os
import subprocess
import sys
import time

import mlflow
import pandas as pd
import pytest
import requests
from harness.servers import free_port, stop
from sklearn.linear_model import LinearRegression

pytestmark = pytest.mark.sqlite_only


def test_a_logged_model_is_served(experiment, tmp_path):
    x = pd.DataFrame({"a": [1.0, 2.0, 3.0]})
    with mlflow.start_run() as active:
        mlflow.sklearn.log_model(LinearRegression().fit(x, [2.0, 4.0, 6.0]), name="line", pip_requirements=[])
    port = free_port()
    words = [
        "models",
        "serve",
        "-m",
        f"runs:/{active.info.run_id}/line",
        "--env-manager",
        "local",
        "-p",
        str(port),
    ]
    with open(tmp_path / "serve.log", "wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "mlflow", *words],
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd=tmp_path,
        )
    try:
        answer = predict_when_ready(process, f"http://127.0.0.1:{port}", tmp_path / "serve.log")
    finally:
        stop(process)
    assert answer == {"predictions": [pytest.approx(10.0)]}


def predict_when_ready(process, url, log):
    deadline = time.monotonic() + 450
    while time.monotonic() < deadline and process.poll() is None:
        try:
            requests.get(f"{url}/ping", timeout=2).raise_for_status()
            body = {"dataframe_split": {"columns": ["a"], "data": [[5.0]]}}
            return requests.post(f"{url}/invocations", json=body, timeout=120).json()
        except requests.RequestException:
            time.sleep(0.2)
    raise AssertionError(
        f"the model is not served (exit code {process.poll()}):\n{log.read_text()[-3000:]}{os.linesep}"
    )
