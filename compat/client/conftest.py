import os
import uuid

import mlflow
import pytest
from mlflow import MlflowClient


@pytest.fixture(autouse=True)
def tracking(server, monkeypatch):
    """The client as a script finds it: nothing set but the tracking URI; child processes inherit it."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.url)
    mlflow.set_tracking_uri(server.url)
    yield server.url
    while mlflow.active_run():
        mlflow.end_run()
    mlflow.autolog(disable=True)
    mlflow.tracking.fluent._active_experiment_id = None
    os.environ.pop("MLFLOW_EXPERIMENT_ID", None)  # left behind by set_experiment, for child processes
    mlflow.tracking.fluent._last_active_run_id.set(None)


@pytest.fixture
def client(server) -> MlflowClient:
    return MlflowClient(server.url)


@pytest.fixture
def experiment(request, tracking) -> str:
    """Id of an experiment of the test's own, set as the active one."""
    return mlflow.set_experiment(f"{request.node.name} {uuid.uuid4().hex[:8]}").experiment_id


@pytest.fixture
def run(client, experiment) -> str:
    """Id of a running run in the test's own experiment."""
    return client.create_run(experiment).info.run_id
