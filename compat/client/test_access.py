"""A server that asks everybody who they are; the client with name and password or a token, as MLflow sends them."""

import os
import re
import subprocess
import sys
import time
import uuid

import mlflow
import pytest
import requests
from harness.servers import Server, guarded_orrery
from mlflow import MlflowClient
from mlflow.server import get_app_client

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def only_here(request):
    if request.config.getoption("--against") == "mlflow":
        pytest.skip("the real server would need its basic-auth app")


@pytest.fixture(scope="module")
def guarded(tmp_path_factory) -> Server:
    with guarded_orrery(tmp_path_factory.mktemp("guarded"), "root", PASSWORD) as server:
        yield server


@pytest.fixture(autouse=True)
def tracking(guarded):
    """In place of the open server that the other tests have."""
    yield guarded.url
    while mlflow.active_run():
        mlflow.end_run()
    mlflow.tracking.fluent._active_experiment_id = None
    os.environ.pop("MLFLOW_EXPERIMENT_ID", None)


@pytest.fixture
def sign_in(guarded, monkeypatch):
    """Makes the client somebody; without a name, nobody."""
    mlflow.set_tracking_uri(guarded.url)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", guarded.url)

    def sign_in(name: str | None = None, password: str = PASSWORD) -> MlflowClient:
        for variable, value in (("USERNAME", name), ("PASSWORD", name and password), ("TOKEN", None)):
            if value is None:
                monkeypatch.delenv(f"MLFLOW_TRACKING_{variable}", raising=False)
            else:
                monkeypatch.setenv(f"MLFLOW_TRACKING_{variable}", value)
        return MlflowClient(guarded.url)

    yield sign_in
    mlflow.set_workspace(None)


def auth_client(guarded):
    return get_app_client("basic-auth", guarded.url)


def some(noun: str) -> str:
    return f"{noun}-{uuid.uuid4().hex[:8]}"


def refused(code: str, match: str = ""):
    class Refused:
        def __enter__(self):
            self.raises = pytest.raises(mlflow.MlflowException, match=match)
            self.found = self.raises.__enter__()
            return self.found

        def __exit__(self, *error):
            handled = self.raises.__exit__(*error)
            assert self.found.value.error_code == code
            return handled

    return Refused()


def test_nobody_comes_in_without_a_name(sign_in):
    with refused("UNAUTHENTICATED"):
        sign_in().search_experiments()
    with refused("UNAUTHENTICATED"):
        sign_in("root", "not the password").search_experiments()
    assert [found.name for found in sign_in("root").search_experiments()] != []


def test_users(guarded, sign_in):
    sign_in("root")
    auth, name = auth_client(guarded), some("user")
    made = auth.create_user(name, PASSWORD)
    assert (made.username, made.is_admin) == (name, False)
    assert auth.get_user(name).id == made.id
    with refused("RESOURCE_ALREADY_EXISTS", f"User \\(username={name}\\) already exists"):
        auth.create_user(name, PASSWORD)
    auth.update_user_admin(name, True)
    assert auth.get_user(name).is_admin
    auth.update_user_admin(name, False)
    auth.update_user_password(name, f"{PASSWORD} 2")
    sign_in(name, f"{PASSWORD} 2")
    assert auth.get_user(name).username == name
    with refused("PERMISSION_DENIED"):
        auth.get_user("root")
    with refused("PERMISSION_DENIED"):
        auth.delete_user(name)
    sign_in("root")
    auth.delete_user(name)
    with refused("RESOURCE_DOES_NOT_EXIST"):
        auth.get_user(name)


def test_roles(guarded, sign_in):
    sign_in("root")
    auth, user, name = auth_client(guarded), some("user"), some("role")
    auth.create_user(user, PASSWORD)
    role = auth.create_role("default", name, "reads everything")
    assert (role.name, role.workspace, role.description) == (name, "default", "reads everything")
    assert auth.get_role(role.id).permissions == []
    assert {"owner", "reader", name} <= {found.name for found in auth.list_roles("default")}
    assert name in {found.name for found in auth.list_all_roles()}
    renamed = auth.update_role(role.id, name=f"{name}-2")
    assert (renamed.id, renamed.name) == (role.id, f"{name}-2")
    right = auth.add_role_permission(role.id, "experiment", "*", "READ")
    assert (right.resource_type, right.resource_pattern, right.permission) == ("experiment", "*", "READ")
    changed = auth.update_role_permission(right.id, "EDIT")
    assert (changed.id, changed.role_id, changed.permission) == (right.id, role.id, "EDIT")
    assert [found.permission for found in auth.list_role_permissions(role.id)] == ["EDIT"]
    assigned = auth.assign_role(user, role.id)
    assert (assigned.user_id, assigned.role_id) == (auth.get_user(user).id, role.id)
    assert [found.id for found in auth.list_user_roles(user)] == [role.id]
    assert [found.id for found in auth.list_role_users(role.id)] == [assigned.id]
    assert sign_in(user).get_experiment("0").name == "Default"
    sign_in("root")
    auth.unassign_role(user, role.id)
    auth.remove_role_permission(right.id)
    auth.delete_role(role.id)
    with refused("RESOURCE_DOES_NOT_EXIST"):
        auth.get_role(role.id)
    with refused("RESOURCE_DOES_NOT_EXIST"):
        sign_in(user).get_experiment("0")


def test_rights_on_one_experiment(guarded, sign_in):
    root = sign_in("root")
    auth, user = auth_client(guarded), some("user")
    auth.create_user(user, PASSWORD)
    one, other = (root.create_experiment(some("experiment")) for _ in range(2))
    auth.grant_user_permission(user, "experiment", one, "READ")
    told = auth.get_user_permission(user, "experiment", one)
    assert (told.allowed, told.permission) == (False, "READ")
    client = sign_in(user)
    assert [found.experiment_id for found in client.search_experiments()] == [one]
    with refused("RESOURCE_DOES_NOT_EXIST"):
        client.get_experiment(other)
    with refused("PERMISSION_DENIED"):
        client.create_run(one)
    sign_in("root")
    auth.revoke_user_permission(user, "experiment", one)
    auth.grant_user_permission(user, "experiment", one, "EDIT")
    client = sign_in(user)
    run = client.create_run(one)
    client.log_metric(run.info.run_id, "loss", 0.5)
    client.log_text(run.info.run_id, "hello", "a.txt")
    with refused("PERMISSION_DENIED"):
        client.delete_experiment(one)
    sign_in("root")
    auth.revoke_user_permission(user, "experiment", one)
    with refused("RESOURCE_DOES_NOT_EXIST"):
        sign_in(user).get_run(run.info.run_id)


WORK = """
import sys, mlflow
from mlflow import MlflowClient
workspace, role = sys.argv[1:]
mlflow.set_workspace(workspace)
mlflow.set_experiment("shared")
if role == "data-scientist":
    for i in range(3):
        with mlflow.start_run() as run:
            mlflow.log_params({"lr": 0.1 * i})
            for step in range(5):
                mlflow.log_metric("loss", 1 / (step + 1), step=step)
            mlflow.log_text("weights", "model/w.txt")
    client = MlflowClient()
    client.create_registered_model("classifier")
    client.create_model_version("classifier", f"{run.info.artifact_uri}/model", run.info.run_id)
    client.set_registered_model_alias("classifier", "champion", 1)
else:
    refused = 0
    for attempt in (mlflow.start_run, lambda: MlflowClient().create_registered_model("mine")):
        try:
            attempt()
        except mlflow.MlflowException as error:
            assert error.error_code == "PERMISSION_DENIED", error
            refused += 1
    assert refused == 2
    mlflow.search_runs()
print("done")
"""


def test_two_people_side_by_side(guarded, sign_in, tmp_path):
    """A data scientist works while a reader looks on; somebody else finds no such workspace."""
    sign_in("root")
    auth, workspace = auth_client(guarded), some("team")
    mlflow.create_workspace(workspace)
    roles = {role.name: role.id for role in auth.list_roles(workspace)}
    people = {role: some(role) for role in ("data-scientist", "reader", "nobody")}
    for role, name in people.items():
        auth.create_user(name, PASSWORD)
        if role in roles:
            auth.assign_role(name, roles[role])
    mlflow.set_workspace(workspace)
    mlflow.set_experiment("shared")
    script = tmp_path / "work.py"
    script.write_text(WORK)
    processes = {
        role: subprocess.Popen(
            [sys.executable, str(script), workspace, role],
            env={
                **os.environ,
                "MLFLOW_TRACKING_USERNAME": people[role],
                "MLFLOW_TRACKING_PASSWORD": PASSWORD,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for role in ("data-scientist", "reader")
    }
    for role, process in processes.items():
        out, error = process.communicate(timeout=500)
        assert out.endswith("done\n"), f"{role}: {error}"
    sign_in(people["reader"])
    assert len(mlflow.search_runs()) == 3
    assert mlflow.artifacts.load_text("models:/classifier@champion/w.txt") == "weights"
    sign_in(people["nobody"])
    with refused("RESOURCE_DOES_NOT_EXIST", workspace):
        mlflow.search_experiments()
    assert mlflow.list_workspaces() == []


def test_a_run_outlives_its_tracking_credential(guarded, sign_in, monkeypatch):
    root = sign_in("root")
    other = root.create_run("0").info.run_id
    made = requests.post(
        f"{guarded.url}/api/orrery/v1/tracking-credentials",
        json={"life_ms": 10_000},
        auth=("root", PASSWORD),
        timeout=120,
    ).json()
    sign_in()
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", made["token"])
    mlflow.set_tracking_uri(made["mlflow_tracking_uri"])
    client = MlflowClient()
    name = some("model")
    mlflow.set_experiment(experiment_id="0")
    with mlflow.start_run() as active:
        expired = made["expiration_timestamp"] / 1000 + 0.1
        mlflow.log_metric("loss", 1.0, step=0)
        while time.time() < expired:
            mlflow.log_metric("loss", 0.5, step=1)
            time.sleep(0.2)
        with refused("UNAUTHENTICATED", "POST /api/orrery/v1/tracking-credentials"):
            client.search_experiments()
        with refused("UNAUTHENTICATED"):
            client.log_metric(other, "loss", 1.0)
        mlflow.log_metric("loss", 0.25, step=2)
        mlflow.pyfunc.log_model(
            name="model",
            python_model=lambda model_input: model_input,
            pip_requirements=["mlflow"],
            registered_model_name=name,
        )
        mlflow.log_text("hello", "a.txt")
    with refused("UNAUTHENTICATED"):
        client.log_metric(active.info.run_id, "loss", 1.0)
    root = sign_in("root")
    mlflow.set_tracking_uri(guarded.url)
    assert root.get_run(active.info.run_id).info.status == "FINISHED"
    assert root.get_model_version(name, "1").run_id == active.info.run_id


def test_a_model_is_loaded_by_the_right_to_it_alone(guarded, sign_in, tmp_path):
    """Of a logged model and of a run that the caller may not read."""
    root = sign_in("root")
    auth, user, name = auth_client(guarded), some("user"), some("model")
    auth.create_user(user, PASSWORD)
    mlflow.set_experiment(some("private"))
    model = {"python_model": lambda model_input: model_input, "pip_requirements": ["mlflow"]}
    with mlflow.start_run():
        mlflow.pyfunc.log_model(name="model", registered_model_name=name, **model)
    mlflow.pyfunc.save_model(tmp_path / "saved", **model)
    with mlflow.start_run() as run:
        mlflow.log_artifacts(str(tmp_path / "saved"), "model")
    run_id = run.info.run_id
    root.create_model_version(name, f"runs:/{run_id}/model", run_id)
    as_ever = [root.get_model_version_download_uri(name, version) for version in ("1", "2")]
    assert as_ever[1] == f"runs:/{run_id}/model"
    assert not as_ever[0].startswith("mlflow-artifacts:/registry/")
    auth.grant_user_permission(user, "registered_model", name, "READ")
    client = sign_in(user)
    for version in ("1", "2"):
        location = client.get_model_version_download_uri(name, version)
        assert re.fullmatch(r"mlflow-artifacts:/registry/versions/\d+/artifacts", location)
        loaded = mlflow.pyfunc.load_model(f"models:/{name}/{version}")
        assert loaded.predict(["a", "b"]) == ["a", "b"]
        assert "MLmodel" in os.listdir(mlflow.artifacts.download_artifacts(f"models:/{name}/{version}"))
    with refused("PERMISSION_DENIED"):
        client.get_run(run_id)
    with refused("PERMISSION_DENIED"):
        mlflow.artifacts.download_artifacts(f"runs:/{run_id}/model")
    sign_in("root")
    auth.revoke_user_permission(user, "registered_model", name)
    with refused("RESOURCE_DOES_NOT_EXIST"):
        sign_in(user).get_model_version_download_uri(name, "1")


def test_rights_given_by_whoever_made_a_thing(guarded, sign_in):
    """They give to members, learn of nobody else, and keep what is theirs."""
    sign_in("root")
    auth = auth_client(guarded)
    readers = {role.name: role.id for role in auth.list_roles("default")}
    maker, second, member, stranger = (some(noun) for noun in ("maker", "second", "member", "stranger"))
    for person in (maker, second, member, stranger):
        auth.create_user(person, PASSWORD)
    auth.assign_role(maker, readers["data-scientist"])
    auth.assign_role(second, readers["reader"])
    auth.assign_role(member, readers["reader"])
    own = sign_in(maker).create_experiment(some("own"))
    auth.grant_user_permission(member, "experiment", own, "EDIT")
    auth.grant_user_permission(second, "experiment", own, "MANAGE")
    for nobody in (stranger, some("nobody")):
        with refused("RESOURCE_DOES_NOT_EXIST", f"User with username={nobody} not found"):
            auth.grant_user_permission(nobody, "experiment", own, "READ")
    for spelt in (f" {own}", f"0{own}", f"+{own}"):
        with refused("INVALID_PARAMETER_VALUE"):
            auth.grant_user_permission(member, "experiment", spelt, "READ")
    sign_in(second)
    with refused("PERMISSION_DENIED", f"'{maker}' made experiment '{own}'"):
        auth.revoke_user_permission(maker, "experiment", own)
    auth.revoke_user_permission(member, "experiment", own)
