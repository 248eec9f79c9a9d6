"""A workspace is part of the tracking URI, so that the URI alone reaches it."""

import contextlib
import pathlib
import uuid

import mlflow
import pytest
import requests
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


def test_a_model_belongs_to_its_workspace(server, experiment):
    """The same name twice, with versions, aliases, files and prompts of its own."""
    name = f"shared-{uuid.uuid4().hex[:8]}"
    here, there = MlflowClient(server.url), MlflowClient(f"{server.url}/workspaces/elsewhere")
    for client, text in ((here, "here"), (there, "there"), (there, "there again")):
        run = client.create_run("0").info
        client.log_text(run.run_id, text, "model/w.txt")
        with contextlib.suppress(mlflow.MlflowException):
            client.create_registered_model(name)
        client.create_model_version(name, f"{run.artifact_uri}/model", run.run_id)
    here.set_registered_model_alias(name, "champion", 1)
    there.set_registered_model_alias(name, "champion", 2)
    assert [len(client.search_model_versions(f"name = '{name}'")) for client in (here, there)] == [1, 2]
    assert here.get_model_version_by_alias(name, "champion").version == "1"
    assert there.get_model_version_by_alias(name, "champion").version == "2"
    with pytest.raises(mlflow.MlflowException, match="not found"):
        here.get_model_version(name, 2)
    for uri, text in ((server.url, "here"), (f"{server.url}/workspaces/elsewhere", "there again")):
        mlflow.set_tracking_uri(uri)
        folder = mlflow.artifacts.download_artifacts(f"models:/{name}@champion")
        assert pathlib.Path(folder, "w.txt").read_text() == text
    there.register_prompt(f"{name}_prompt", "x")
    assert here.get_prompt(f"{name}_prompt") is None
    there.delete_registered_model(name)
    assert here.get_registered_model(name).name == name


def test_a_version_cannot_reach_into_another_workspace(server, experiment):
    here, there = MlflowClient(server.url), MlflowClient(f"{server.url}/workspaces/elsewhere")
    name = f"reaching-{uuid.uuid4().hex[:8]}"
    run = here.create_run("0").info
    here.log_text(run.run_id, "secret", "model/w.txt")
    here.create_registered_model(name)
    here.create_model_version(name, f"{run.artifact_uri}/model", run.run_id)
    there.create_registered_model(name)
    for source, run_id in (
        (f"{run.artifact_uri}/model", run.run_id),
        (f"runs:/{run.run_id}/model", run.run_id),
        (f"models:/{name}/1", None),
    ):
        with pytest.raises(mlflow.MlflowException):
            there.create_model_version(name, source, run_id)


@pytest.fixture
def workspace(server):
    """A workspace of the test's own, made and deleted by MLflow's own calls; the client is not in it."""
    name = f"team-{uuid.uuid4().hex[:8]}"
    mlflow.create_workspace(name, description="made by a test")
    yield name
    mlflow.set_workspace(None)
    with contextlib.suppress(mlflow.MlflowException):
        mlflow.delete_workspace(name, mode="CASCADE")


def test_a_workspace_from_its_making_to_its_end(workspace):
    assert mlflow.get_workspace(workspace).description == "made by a test"
    assert workspace in [found.name for found in mlflow.list_workspaces()]
    assert mlflow.update_workspace(workspace, description="otherwise").description == "otherwise"
    root = mlflow.update_workspace(workspace, default_artifact_root="s3://bucket/team")
    assert (root.description, root.default_artifact_root) == ("otherwise", "s3://bucket/team")
    assert mlflow.update_workspace(workspace, default_artifact_root="").default_artifact_root is None
    mlflow.delete_workspace(workspace)
    with pytest.raises(mlflow.MlflowException, match=f"Workspace '{workspace}' not found") as gone:
        mlflow.get_workspace(workspace)
    assert gone.value.error_code == "RESOURCE_DOES_NOT_EXIST"


def test_a_workspace_is_worked_in_by_its_name(server, workspace, client):
    mlflow.set_workspace(workspace)
    mlflow.set_experiment("only there")
    with mlflow.start_run() as active:
        mlflow.log_metric("loss", 0.5)
        mlflow.log_text("hello", "a.txt")
    assert mlflow.artifacts.load_text(f"runs:/{active.info.run_id}/a.txt") == "hello"
    assert [run.info.run_id for run in mlflow.search_runs(output_format="list")] == [active.info.run_id]
    mlflow.set_workspace(None)
    assert client.get_experiment_by_name("only there") is None
    with pytest.raises(mlflow.MlflowException, match="not found"):
        client.get_run(active.info.run_id)
    with pytest.raises(mlflow.MlflowException, match="experiments") as refused:
        mlflow.delete_workspace(workspace)
    assert refused.value.error_code in ("INVALID_STATE", "INTERNAL_ERROR")
    mlflow.delete_workspace(workspace, mode="CASCADE")
    assert workspace not in [found.name for found in mlflow.list_workspaces()]


def test_a_page_in_a_browser_does_the_same_below_ajax_api(server):
    address = f"{server.url}/ajax-api/3.0/mlflow/workspaces"
    name = f"team-{uuid.uuid4().hex[:8]}"
    assert requests.post(address, json={"name": name}).status_code == 201
    assert name in [found["name"] for found in requests.get(address).json()["workspaces"]]
    changed = requests.patch(f"{address}/{name}", json={"description": "otherwise"})
    assert changed.json()["workspace"]["description"] == "otherwise"
    assert requests.get(f"{address}/{name}").json() == changed.json()
    assert requests.delete(f"{address}/{name}").status_code == 204
    assert requests.get(f"{address}/{name}").status_code == 404


def test_the_default_workspace_stays(server):
    with pytest.raises(mlflow.MlflowException, match="reserved and cannot be deleted"):
        mlflow.delete_workspace("default", mode="CASCADE")
    with pytest.raises(mlflow.MlflowException, match="already exists"):
        mlflow.create_workspace("elsewhere")
