"""The journey of a data scientist who registers models: from a run to what others load by name."""

import pathlib
import subprocess
import sys
import uuid

import mlflow
import pytest
import requests
from mlflow.exceptions import MlflowException
from sklearn.linear_model import LinearRegression

ROOT = pathlib.Path(__file__).resolve().parents[3]


@pytest.mark.sqlite_only
def test_the_registry_of_the_examples(server, client, tmp_path):
    script = (ROOT / "examples" / "registry" / "register.py").read_text()
    (tmp_path / "register.py").write_text(script)
    done = subprocess.run(
        [sys.executable, "register.py"], cwd=tmp_path, capture_output=True, text=True, timeout=500
    )
    assert done.returncode == 0, done.stderr
    assert "Version 2 of my-model predicts 111 rows" in done.stdout
    assert client.get_registered_model("my-model").aliases == {"champion": "2"}
    versions = client.search_model_versions("name = 'my-model'", order_by=["version_number ASC"])
    assert [(version.version, version.tags["task"]) for version in versions] == [
        ("1", "regression"),
        ("2", "regression"),
    ]
    copy = client.get_model_version("my-model-production", 1)
    assert copy.source == "models:/my-model/2"
    assert mlflow.pyfunc.load_model("models:/my-model-production/1").metadata.signature is not None


def test_a_registered_model_shows_its_run_and_its_files(server, client, experiment):
    """`register_model(model_name, model_path)` of a run, then a look at what was registered."""
    name = f"my-model-{uuid.uuid4().hex[:8]}"
    with mlflow.start_run() as run:
        mlflow.sklearn.log_model(fitted(), name="model")
    mlflow.register_model(f"runs:/{run.info.run_id}/model", name)
    version = client.get_model_version(name, 1)
    assert version.run_id == run.info.run_id
    files = pathlib.Path(mlflow.artifacts.download_artifacts(f"models:/{name}/1"))
    assert {"MLmodel", "conda.yaml"} <= {file.name for file in files.iterdir()}
    if server.name == "mlflow":
        return
    assert version.tags["orrery.source.run_id"] == run.info.run_id
    assert "sklearn" in version.tags["orrery.flavors"].split(",")
    told = requests.get(
        f"{server.url}/api/orrery/v1/registry/models/{name}/versions/1", timeout=120
    ).json()
    assert (told["type"], told["manifest"]["state"]) == ("mlflow_model", "complete")
    # The client adds a file of its own to what it downloads.
    own = {file for file in files.rglob("*") if file.is_file() and file.name != "registered_model_meta"}
    assert told["manifest"]["files"] == len(own)


def test_a_file_of_a_run_is_registered_as_it_is(request, server, client, experiment):
    if request.config.getoption("--against") == "mlflow":
        pytest.skip("a call of our own")
    name = f"custom-{uuid.uuid4().hex[:8]}"
    with mlflow.start_run() as run:
        mlflow.log_text("weights", "outputs/model.pkl")
    made = requests.post(
        f"{server.url}/api/orrery/v1/registry/register",
        json={"name": name, "run_id": run.info.run_id, "path": "outputs/model.pkl"},
        timeout=120,
    )
    assert made.status_code == 200, made.text
    assert (made.json()["type"], made.json()["runs_code"]) == ("custom_model", True)
    assert client.get_model_version(name, 1).run_id == run.info.run_id
    asked = {"name": name, "version": "1", "path": "model.pkl"}
    file = requests.get(f"{server.url}/model-versions/get-artifact", params=asked, timeout=120)
    assert (file.status_code, file.text) == (200, "weights")


def test_the_model_of_a_run_is_registered_by_the_name_it_was_logged_under(request, server, client, experiment):
    if request.config.getoption("--against") == "mlflow":
        pytest.skip("a call of our own")
    name = f"my-model-{uuid.uuid4().hex[:8]}"
    with mlflow.start_run() as run:
        info = mlflow.sklearn.log_model(fitted(), name="model")
    made = requests.post(
        f"{server.url}/api/orrery/v1/registry/register",
        json={"name": name, "run_id": run.info.run_id, "path": "model"},
        timeout=120,
    ).json()
    assert (made["type"], made["model_id"], made["run_id"]) == (
        "mlflow_model",
        info.model_id,
        run.info.run_id,
    )
    assert mlflow.pyfunc.load_model(f"models:/{name}/1").metadata.model_uuid


def test_a_model_moves_to_another_workspace_as_a_file(request, server, client, experiment):
    if request.config.getoption("--against") == "mlflow":
        pytest.skip("a call of our own")
    name = f"moved-{uuid.uuid4().hex[:8]}"
    model = fitted()
    for _ in range(2):
        with mlflow.start_run():
            mlflow.sklearn.log_model(model, name="model", registered_model_name=name)
    client.set_registered_model_alias(name, "champion", 2)
    client.set_registered_model_tag(name, "team", "a")
    archive = requests.get(f"{server.url}/api/orrery/v1/registry/models/{name}/archive", timeout=120)
    assert archive.status_code == 200, archive.text
    made = requests.post(
        f"{server.url}/workspaces/elsewhere/api/orrery/v1/registry/import",
        data=archive.content,
        headers={"content-type": "application/x-tar"},
        timeout=120,
    )
    assert made.status_code == 200, made.text
    assert made.json()["created"] is True
    assert [version["version"] for version in made.json()["versions"]] == ["1", "2"]
    there = mlflow.MlflowClient(f"{server.url}/workspaces/elsewhere")
    read = there.get_registered_model(name)
    assert (read.aliases, read.tags) == ({"champion": "2"}, {"team": "a"})
    mlflow.set_tracking_uri(f"{server.url}/workspaces/elsewhere")
    loaded = mlflow.pyfunc.load_model(f"models:/{name}@champion")
    assert list(loaded.predict([[3.0]])) == pytest.approx(list(model.predict([[3.0]])))
    # It asks for the logged model of the other workspace; docs/registry.md says what to do instead.
    with pytest.raises(MlflowException, match="Logged model with ID .* not found"):
        mlflow.models.get_model_info(f"models:/{name}@champion")
    assert "sklearn" in mlflow.models.Model.load(f"models:/{name}@champion").flavors


def fitted():
    return LinearRegression().fit([[1.0], [2.0]], [1.0, 2.0])
