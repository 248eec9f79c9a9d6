"""Registering models as scripts do it, and loading them by every address that MLflow has for them."""

import json
import pathlib
import uuid
from concurrent.futures import ThreadPoolExecutor

import mlflow
import pandas as pd
import pytest
import requests
from mlflow.exceptions import MlflowException
from mlflow.models import infer_signature
from sklearn.linear_model import LinearRegression


@pytest.fixture(scope="module")
def fitted():
    x = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [0.0, 1.0, 0.0]})
    return LinearRegression().fit(x, [2.0, 5.0, 6.0]), x


@pytest.fixture
def name() -> str:
    return f"model-{uuid.uuid4().hex[:8]}"


def log(fitted, **more):
    model, x = fitted
    more.setdefault("name", "line")
    return mlflow.sklearn.log_model(
        model, signature=infer_signature(x, model.predict(x)), input_example=x, **more
    )


def same(fitted, uri) -> bool:
    model, x = fitted
    read = mlflow.pyfunc.load_model(uri).predict(x)
    return list(read) == pytest.approx(list(model.predict(x)))


def test_a_model_is_registered_while_it_is_logged(client, experiment, fitted, name):
    with mlflow.start_run() as run:
        info = log(fitted, registered_model_name=name)
    assert info.registered_model_version == "1"
    [version] = client.search_model_versions(f"name = '{name}'")
    assert (version.version, version.run_id, version.status) == ("1", run.info.run_id, "READY")
    linked = json.loads(client.get_logged_model(info.model_id).tags["mlflow.modelVersions"])
    assert {(link["name"], str(link["version"])) for link in linked} == {(name, "1")}
    with mlflow.start_run():
        assert log(fitted, registered_model_name=name).registered_model_version == "2"
    assert same(fitted, f"models:/{name}/2")


def test_a_model_is_loaded_by_every_address(client, experiment, fitted, name):
    with mlflow.start_run() as run:
        info = log(fitted, registered_model_name=name)
    client.set_registered_model_alias(name, "champion", 1)
    client.transition_model_version_stage(name, 1, "Production")
    for uri in (
        f"models:/{name}/1",
        f"models:/{name}/latest",
        f"models:/{name}/Latest",
        f"models:/{name}@champion",
        f"models:/{name}@latest",
        f"models:/{name}/Production",
        f"models:/{info.model_id}",
        f"runs:/{run.info.run_id}/line",
    ):
        assert same(fitted, uri), uri
    assert mlflow.sklearn.load_model(f"models:/{name}@champion").coef_.shape == (2,)
    assert mlflow.models.get_model_info(f"models:/{name}/1").signature.inputs.input_names() == ["a", "b"]


@pytest.mark.parametrize("uri", ["models:/{}/7", "models:/{}@nobody", "models:/{}/Staging", "models:/{}x/1"])
def test_an_address_of_nothing_is_refused(experiment, fitted, name, uri):
    with mlflow.start_run():
        log(fitted, registered_model_name=name)
    with pytest.raises(MlflowException):
        mlflow.pyfunc.load_model(uri.format(name))


def test_register_model_takes_the_address_of_a_run(client, experiment, fitted, name):
    with mlflow.start_run() as run:
        log(fitted)
    made = mlflow.register_model(f"runs:/{run.info.run_id}/line", name, tags={"team": "a"})
    assert (made.version, made.run_id, made.tags["team"]) == ("1", run.info.run_id, "a")
    assert same(fitted, f"models:/{name}/1")


def test_register_model_takes_a_folder_of_a_run(client, experiment, fitted, name, tmp_path):
    """As models were logged before MLflow 3, and as `log_artifacts` does it."""
    mlflow.sklearn.save_model(fitted[0], tmp_path / "model")
    with mlflow.start_run() as run:
        mlflow.log_artifacts(tmp_path / "model", "outputs/model")
    made = mlflow.register_model(f"runs:/{run.info.run_id}/outputs/model", name)
    assert made.source == f"{run.info.artifact_uri}/outputs/model"
    assert same(fitted, f"models:/{name}/1")


def test_register_model_takes_a_logged_model(client, experiment, fitted, name):
    with mlflow.start_run() as run:
        info = log(fitted)
    made = mlflow.register_model(info.model_uri, name)
    assert (made.version, made.run_id) == ("1", run.info.run_id)
    assert client.get_model_version_download_uri(name, 1) == client.get_logged_model(
        info.model_id
    ).artifact_location
    assert same(fitted, f"models:/{name}/1")


def test_register_model_takes_a_logged_model_without_a_run(client, experiment, fitted, name):
    info = log(fitted)
    mlflow.register_model(info.model_uri, name)
    assert same(fitted, f"models:/{name}/1")


def test_a_folder_without_an_mlmodel_is_registered(client, experiment, name):
    with mlflow.start_run() as run:
        mlflow.log_text("weights", "weights/w.txt")
    client.create_registered_model(name)
    client.create_model_version(name, f"{run.info.artifact_uri}/weights", run.info.run_id)
    folder = mlflow.artifacts.download_artifacts(f"models:/{name}/1")
    assert pathlib.Path(folder, "w.txt").read_text() == "weights"


def test_a_version_is_copied_to_another_model_and_to_its_own(client, experiment, fitted, name):
    with mlflow.start_run() as run:
        log(fitted, registered_model_name=name)
    client.set_registered_model_alias(name, "champion", 1)
    client.set_model_version_tag(name, 1, "team", "a")
    for uri in (f"models:/{name}/1", f"models:/{name}@champion", f"models:/{name}/latest"):
        copy = client.copy_model_version(uri, f"{name}-prod")
        assert (copy.name, copy.run_id, copy.tags["team"]) == (f"{name}-prod", run.info.run_id, "a")
        assert copy.source == f"models:/{name}/1"
    assert [int(v.version) for v in client.search_model_versions(f"name = '{name}-prod'")] == [3, 2, 1]
    assert same(fitted, f"models:/{name}-prod/2")
    copy_of_copy = client.copy_model_version(f"models:/{name}-prod/2", name)
    assert copy_of_copy.version == "2"
    client.delete_model_version(f"{name}-prod", 2)
    assert same(fitted, f"models:/{name}/2")


def test_a_registered_model_is_registered_under_another_name(client, experiment, fitted, name):
    with mlflow.start_run():
        log(fitted, registered_model_name=name)
    made = mlflow.register_model(f"models:/{name}/1", f"{name}-prod")
    assert made.source == f"models:/{name}/1"
    assert same(fitted, f"models:/{name}-prod/1")


def test_a_version_whose_files_changed_is_neither_loaded_nor_copied(
    request, client, experiment, fitted, name, tmp_path
):
    if request.config.getoption("--against") == "mlflow":
        pytest.skip("MLflow gives out what is there now")
    info = log(fitted, registered_model_name=name)
    client.create_registered_model(f"{name}-prod")
    content = pathlib.Path(mlflow.artifacts.download_artifacts(f"models:/{name}/1/requirements.txt")).read_bytes()
    file = tmp_path / "requirements.txt"
    file.write_bytes(content + b"other\n")
    client.log_model_artifacts(info.model_id, str(tmp_path))
    for use in (
        lambda: mlflow.pyfunc.load_model(f"models:/{name}/1"),
        lambda: client.copy_model_version(f"models:/{name}/1", f"{name}-prod"),
    ):
        with pytest.raises(MlflowException, match="'requirements.txt' .* is not what was registered"):
            use()
    file.write_bytes(content)
    client.log_model_artifacts(info.model_id, str(tmp_path))
    assert client.copy_model_version(f"models:/{name}/1", f"{name}-prod").version == "1"
    assert same(fitted, f"models:/{name}-prod/1")


def test_a_renamed_model_still_loads(client, experiment, fitted, name):
    with mlflow.start_run():
        log(fitted, registered_model_name=name)
    client.rename_registered_model(name, f"{name}-b")
    assert same(fitted, f"models:/{name}-b/1")


def test_files_of_a_version_are_downloaded_one_by_one(server, experiment, fitted, name):
    with mlflow.start_run():
        log(fitted, registered_model_name=name)
    path = mlflow.artifacts.download_artifacts(f"models:/{name}/1/MLmodel")
    content = pathlib.Path(path).read_bytes()
    assert b"flavors:" in content
    asked = {"name": name, "version": "1", "path": "MLmodel"}
    answer = requests.get(f"{server.url}/model-versions/get-artifact", params=asked, timeout=120)
    assert (answer.status_code, answer.content) == (200, content)
    assert answer.headers["content-disposition"].startswith("attachment")


def test_autologging_registers(client, experiment, name):
    mlflow.sklearn.autolog(registered_model_name=name)
    with mlflow.start_run():
        LinearRegression().fit([[1.0], [2.0]], [1.0, 2.0])
    [version] = client.search_model_versions(f"name = '{name}'")
    assert mlflow.sklearn.load_model(f"models:/{name}/{version.version}").coef_.shape == (1,)


def test_threads_register_a_new_name_at_once(request, client, experiment, fitted, name):
    """Of fifty scripts one makes the model, and all get versions."""
    if request.config.getoption("--against") == "mlflow":
        pytest.skip("MLflow on SQLite fails some of them")
    info = log(fitted)
    with ThreadPoolExecutor(50) as pool:
        made = list(pool.map(lambda _: int(mlflow.register_model(info.model_uri, name).version), range(50)))
    assert sorted(made) == list(range(1, 51))
    assert same(fitted, f"models:/{name}/50")
