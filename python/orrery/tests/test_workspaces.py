"""Workspaces: found, told of, made and deleted."""

import json
import pathlib

import pytest
from conftest import keep, some

from orrery import OrreryError, Workspace


def refused(code):
    return pytest.raises(OrreryError, check=lambda error: error.code == code)


def write(path: str, **fields) -> None:
    place = pathlib.Path(path)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps(fields))


def test_a_workspace_of_the_profile(ws, guarded):
    assert ws.get_mlflow_tracking_uri() == f"{guarded.url}/workspaces/{ws.name}"
    details = ws.get_details()
    assert details["name"] == ws.name
    assert details["mlFlowTrackingUri"] == ws.get_mlflow_tracking_uri()
    assert details["creationTime"].endswith("Z")
    assert details["provisioningState"] == "Succeeded"


def test_the_seeds_get_with_subscription_and_resource_group(ws):
    got = Workspace.get(name=ws.name, subscription_id="subscription_id", resource_group="resource_group_name")
    assert (got.name, got.subscription_id, got.resource_group) == (
        ws.name,
        "subscription_id",
        "resource_group_name",
    )
    made = Workspace("subscription_id", "resource_group_name", ws.name)
    assert made.get_details()["subscription"] == "subscription_id"


@pytest.mark.parametrize("place", ["config.json", ".azureml/config.json", "aml_config/config.json"])
def test_from_config_finds_the_file_in_the_working_folder_and_above(sign_in, guarded, place, monkeypatch):
    sign_in("ada")
    write(place, workspace_name="elsewhere", subscription_id="s", resource_group="g")
    deep = pathlib.Path("a/b")
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    ws = Workspace.from_config()
    assert (ws.name, ws.subscription_id, ws.resource_group) == ("elsewhere", "s", "g")


@pytest.mark.one_engine
def test_from_config_takes_the_nearest_file_and_a_path_as_it_is(sign_in, guarded, monkeypatch):
    sign_in("ada")
    write("config.json", workspace_name="nowhere")
    write("a/.azureml/config.json", workspace_name="elsewhere")
    write("given.json", workspace_name="default")
    assert Workspace.from_config(path="given.json").name == "default"
    assert Workspace.from_config(path="a").name == "elsewhere"
    monkeypatch.chdir("a")
    assert Workspace.from_config().name == "elsewhere"


@pytest.mark.one_engine
def test_the_file_says_where_the_server_is_unless_orrery_url_does(guarded, sign_in, monkeypatch):
    sign_in("ada")
    write(
        "config.json",
        workspace_name="elsewhere",
        mlflow_tracking_uri="http://127.0.0.1:9/workspaces/elsewhere",
    )
    with refused("UNREACHABLE"):
        Workspace.from_config()
    monkeypatch.setenv("ORRERY_URL", guarded.url)
    assert Workspace.from_config().name == "elsewhere"
    # A file that came from Azure: its address is no http one, so the profile says where.
    monkeypatch.delenv("ORRERY_URL")
    write(
        "config.json",
        workspace_name="elsewhere",
        mlflow_tracking_uri="azureml://eastus2.api.azureml.ms/mlflow/v1.0",
    )
    assert Workspace.from_config().name == "elsewhere"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "cannot be read"),
        ("[]", "must be a JSON object"),
        ('{"workspace_name": 7}', "'workspace_name' in .* is 7; it must be text"),
        ('{"subscription_id": "s"}', "'workspace_name' is missing"),
    ],
)
def test_a_broken_config_is_told_with_file_and_field(text, told):
    pathlib.Path("config.json").write_text(text)
    with pytest.raises(OrreryError, match=told) as caught:
        Workspace.from_config()
    assert caught.value.code == "INVALID_CONFIG"
    assert "config.json" in str(caught.value)


def test_without_a_config_the_folders_are_told():
    with refused("CONFIG_NOT_FOUND") as caught:
        Workspace.from_config()
    assert str(pathlib.Path.cwd()) in str(caught.value)
    assert ".azureml" in str(caught.value)


def test_without_any_server_the_next_step_is_told():
    with refused("NO_SERVER") as caught:
        Workspace.get("default")
    assert "orrery login URL" in str(caught.value)


@pytest.mark.one_engine
def test_write_config_and_back(ws):
    ws.write_config()
    written = pathlib.Path(".azureml/config.json").read_text()
    assert "orrery_pat_" not in written
    assert Workspace.from_config().get_mlflow_tracking_uri() == ws.get_mlflow_tracking_uri()
    ws.write_config("sub", "mine.json")
    assert Workspace.from_config("sub/.azureml/mine.json").name == ws.name


def test_a_workspace_that_is_not_there_and_one_in_which_one_has_no_role(sign_in, guarded):
    sign_in("ada")
    with refused("RESOURCE_DOES_NOT_EXIST") as caught:
        Workspace.get("nowhere")
    assert "You have a role in: default, elsewhere." in str(caught.value)
    sign_in("bob", "elsewhere")
    assert list(Workspace.list()) == ["elsewhere"]
    with pytest.raises(OrreryError) as caught:
        Workspace.get("default")
    assert caught.value.code in ("RESOURCE_DOES_NOT_EXIST", "PERMISSION_DENIED")


def test_list_gives_a_list_by_name(ws):
    found = Workspace.list(subscription_id="any")
    assert {"default", "elsewhere"} <= set(found)
    [same] = found[ws.name]
    assert same.get_details()["id"] == ws.get_details()["id"]


def test_create_update_and_delete(sign_in, guarded):
    from orrery import Experiment

    sign_in("root")
    name = some("vision")
    made = Workspace.create(
        name, location="here", tags={"team": "a"}, subscription_id="s", friendly_name="Vision"
    )
    assert (made.name, made.location, made.tags, made.friendly_name) == (
        name,
        "here",
        {"team": "a"},
        "Vision",
    )
    with refused("RESOURCE_ALREADY_EXISTS"):
        Workspace.create(name)
    assert Workspace.create(name, exist_ok=True).get_details()["id"] == made.get_details()["id"]
    assert made.update(description="of pictures")["description"] == "of pictures"
    Experiment(made, "one").start_logging().complete()
    with refused("WORKSPACE_NOT_EMPTY") as caught:
        made.delete()
    assert "1 runs" in str(caught.value)
    assert Workspace.get(name).name == name
    made.delete(delete_dependent_resources=True)
    with refused("RESOURCE_DOES_NOT_EXIST"):
        Workspace.get(name)


def test_only_administrators_make_workspaces(sign_in, guarded):
    sign_in("ada")
    with refused("PERMISSION_DENIED"):
        Workspace.create(some("mine"))


def test_the_tracking_credential_is_kept_until_it_is_nearly_over(ws, guarded, monkeypatch):
    first = ws.get_tracking_credential()
    assert first.startswith("orrery_trk_")
    assert ws.get_tracking_credential() == first
    credential = ws._core._credential
    credential["until"] = 0
    assert ws.get_tracking_credential() != first
    assert Workspace.get(ws.name, auth=first, url=guarded.url).name == ws.name


def test_a_wrong_token_names_the_next_step(guarded):
    keep({guarded.url: {"token": "orrery_pat_" + "x" * 43}})
    with refused("UNAUTHENTICATED") as caught:
        Workspace.get("default", url=guarded.url)
    assert f"orrery login {guarded.url}" in str(caught.value)
    assert "orrery_pat_" not in str(caught.value)


@pytest.mark.one_engine
def test_a_slip_in_an_argument_is_said_and_azures_own_are_not(sign_in, guarded, recwarn):
    sign_in("ada")
    Workspace.get("default", sku="basic", cloud="AzureCloud")
    assert [str(each.message) for each in recwarn if "argument" in str(each.message)] == []
    with pytest.warns(UserWarning, match="'resouce_group' and ignores it. Is 'resource_group' meant"):
        Workspace(resouce_group="g", workspace_name="default")
