"""The words of v2."""

import pathlib

import pytest
from conftest import some

from orrery import Experiment, MLClient, OrreryError, entities


def refused(code):
    return pytest.raises(OrreryError, check=lambda error: error.code == code)


@pytest.fixture
def client(ws):
    return MLClient(object(), "subscription", "group", ws.name)


@pytest.mark.parametrize("name", ["datastores", "environments", "compute", "data", "online_endpoints"])
def test_what_is_to_come_is_told_in_a_sentence(name):
    client = MLClient(url="http://h")
    with refused("NOT_YET") as caught:
        getattr(client, name)
    assert str(caught.value).startswith(
        f"MLClient has no '{name}' yet: this version has workspaces, models and jobs; '{name}' is to come. Until then, "
    )
    assert not hasattr(client, name)
    with pytest.raises(AttributeError, match="'MLClient' object has no attribute 'modles'"):
        client.modles  # noqa: B018


@pytest.mark.parametrize("name", ["datastores", "environments", "compute_targets", "get_default_datastore"])
def test_what_is_to_come_of_v1_is_told_too(ws, name):
    with refused("NOT_YET") as caught:
        getattr(ws, name)
    assert f"Workspace has no '{name}' yet: this version has experiments, runs and models" in str(caught.value)
    with pytest.raises(AttributeError, match="'Workspace' object has no attribute 'nothing'"):
        ws.nothing  # noqa: B018


@pytest.mark.parametrize("name", ["Datastore", "Dataset", "Environment", "ComputeTarget", "ScriptRunConfig"])
def test_an_import_of_what_is_to_come_says_so(name):
    with pytest.raises(ImportError, match=f"orrery has no '{name}' yet: this version has Experiment, MLClient, ") as caught:
        exec(f"from orrery import {name}")
    assert caught.value.code == "NOT_YET"


def test_workspaces(client, ws):
    assert client.workspaces.get(ws.name).mlflow_tracking_uri == ws.get_mlflow_tracking_uri()
    assert client.workspaces.get().name == client.workspace_name == ws.name
    assert {"default", "elsewhere"} <= {each.name for each in client.workspaces.list()}
    keys = client.workspaces.get_keys()
    assert keys.token.startswith("orrery_trk_")
    assert MLClient(keys.token, workspace_name=ws.name).workspaces.get().id == client.workspaces.get().id


def test_a_workspace_is_made_changed_and_deleted(sign_in, guarded):
    sign_in("root")
    client, name = MLClient(), some("v2")
    made = client.workspaces.begin_create(
        entities.Workspace(name=name, display_name="V2", tags={"a": "b"})
    ).result()
    assert (made.display_name, made.tags, made.creation_context.created_by) == ("V2", {"a": "b"}, "root")
    poller = client.workspaces.begin_update(entities.Workspace(name=name, description="told"))
    assert poller.done()
    assert (poller.result().description, poller.result().display_name) == ("told", "V2")
    client.workspaces.begin_delete(name, delete_dependent_resources=True).wait()
    with refused("RESOURCE_DOES_NOT_EXIST"):
        client.workspaces.get(name)


def test_models(client, ws, tmp_path):
    (tmp_path / "m.bin").write_bytes(b"m")
    run = Experiment(ws, some("experiment")).start_logging()
    run.upload_file("model/a.txt", str(tmp_path / "m.bin"))
    name = some("v2-model")
    one = client.models.create_or_update(
        entities.Model(name=name, path=tmp_path / "m.bin", description="local")
    )
    two = client.create_or_update(
        entities.Model(
            name=name, path=f"azureml://jobs/{run.id}/outputs/artifacts/paths/model", tags={"k": "v"}
        )
    )
    assert (one.version, two.version, two.job_name, two.tags["k"]) == ("1", "2", run.id, "v")
    assert client.models.get(name, label="latest").version == "2"
    assert client.models.get(name, version="1").description == "local"
    assert [each.version for each in client.models.list(name)] == ["2", "1"]
    client.models.archive(name, version="1")
    assert [each.version for each in client.models.list(name)] == ["2"]
    client.models.restore(name, version="1")
    assert len(list(client.models.list(name))) == 2
    client.models.download(name, "2", download_path="down")
    assert pathlib.Path("down", name, "a.txt").read_bytes() == b"m"
    two.description = "changed"
    assert client.models.create_or_update(two).description == "changed"
    with refused("INVALID_PARAMETER_VALUE"):
        client.models.get(name)


def test_jobs_are_runs(client, ws):
    experiment = Experiment(ws, some("experiment"))
    run = experiment.start_logging(display_name="first")
    child = run.child_run("inner")
    job = client.jobs.get(run.id)
    assert (job.name, job.status, job.display_name, job.experiment_name) == (
        run.id,
        "Running",
        "first",
        experiment.name,
    )
    assert job.studio_url == run.get_portal_url()
    assert [each.name for each in client.jobs.list(parent_job_name=run.id)] == [child.id]
    assert {each.name for each in client.jobs.list(experiment_name=experiment.name)} == {run.id, child.id}
    assert list(client.jobs.list(experiment_name="none")) == []
    run.upload_file("logs/a.txt", b"log")
    client.jobs.download(run.id, download_path="got", all=True)
    assert pathlib.Path("got/artifacts/logs/a.txt").read_bytes() == b"log"
    client.jobs.begin_cancel(child.id).wait()
    assert client.jobs.get(child.id).status == "Canceled"
    client.jobs.archive(child.id)
    assert [each.name for each in client.jobs.list(parent_job_name=run.id)] == []
    client.jobs.restore(child.id)
    run.complete()
    client.jobs.stream(run.id)
    with refused("NOT_YET"):
        client.jobs.create_or_update(object())


@pytest.mark.one_engine
def test_from_config(client, ws):
    ws.write_config()
    assert MLClient.from_config().workspaces.get().mlflow_tracking_uri == ws.get_mlflow_tracking_uri()
