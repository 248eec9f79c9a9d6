"""A workspace is part of the tracking URI, so that the URI alone reaches it."""

import mlflow
import pytest
from mlflow import MlflowClient


@pytest.fixture(autouse=True)
def only_here(request):
    if request.config.getoption("--against") == "mlflow":
        pytest.skip("MLflow addresses workspaces by header alone")


@pytest.mark.parametrize("suffix", ["/workspaces/default", "/workspaces/default/"])
def test_the_default_workspace_by_path_is_the_one_at_the_root(server, client, experiment, suffix):
    name = client.get_experiment(experiment).name
    mlflow.set_tracking_uri(server.url + suffix)
    mlflow.set_experiment(name)
    with mlflow.start_run() as active:
        mlflow.log_metric("loss", 0.5)
        mlflow.log_text("hello", "a.txt")
    read = client.get_run(active.info.run_id)
    assert (read.info.experiment_id, read.data.metrics) == (experiment, {"loss": 0.5})
    assert mlflow.artifacts.load_text(f"runs:/{active.info.run_id}/a.txt") == "hello"
    assert [entry.path for entry in MlflowClient(server.url).list_artifacts(active.info.run_id)] == ["a.txt"]


def test_a_workspace_by_its_name(client, experiment):
    mlflow.set_workspace("default")
    try:
        with mlflow.start_run() as active:
            mlflow.log_metric("loss", 0.5)
            mlflow.log_text("hello", "a.txt")
    finally:
        mlflow.set_workspace(None)
    assert client.get_run(active.info.run_id).data.metrics == {"loss": 0.5}


def test_an_unknown_workspace_says_so(server):
    elsewhere = MlflowClient(f"{server.url}/workspaces/nowhere")
    with pytest.raises(mlflow.MlflowException, match="nowhere") as refused:
        elsewhere.get_experiment("0")
    assert refused.value.error_code == "RESOURCE_DOES_NOT_EXIST"
