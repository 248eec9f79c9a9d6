"""Experiments through MlflowClient."""

import uuid

import pytest
from mlflow.entities import ViewType
from mlflow.exceptions import MlflowException


def fresh_name() -> str:
    return f"experiment {uuid.uuid4().hex[:8]}"


def test_a_created_experiment_is_found_by_id_and_by_name(client):
    name = fresh_name()
    experiment_id = client.create_experiment(name, tags={"team": "vision", "mlflow.note.content": "*why*"})
    by_id = client.get_experiment(experiment_id)
    by_name = client.get_experiment_by_name(name)
    assert experiment_id.isdigit()
    assert by_id.experiment_id == by_name.experiment_id == experiment_id
    assert by_id.name == name
    assert by_id.lifecycle_stage == "active"
    assert by_id.tags == {"team": "vision", "mlflow.note.content": "*why*"}
    assert by_id.creation_time == by_id.last_update_time > 1_600_000_000_000
    assert by_id.artifact_location.startswith("mlflow-artifacts:/")


def test_the_default_experiment_is_there_from_the_start(client):
    default = client.get_experiment("0")
    assert (default.name, default.lifecycle_stage) == ("Default", "active")


def test_a_name_that_nobody_uses_is_answered_with_none(client):
    assert client.get_experiment_by_name(fresh_name()) is None


def test_renaming_keeps_the_id_and_moves_the_update_time(client):
    experiment_id = client.create_experiment(fresh_name())
    before = client.get_experiment(experiment_id)
    new_name = fresh_name()
    client.rename_experiment(experiment_id, new_name)
    after = client.get_experiment(experiment_id)
    assert after.name == new_name
    assert after.creation_time == before.creation_time
    assert after.last_update_time >= before.last_update_time
    assert client.get_experiment_by_name(before.name) is None


def test_a_deleted_experiment_takes_its_runs_along_and_brings_them_back(client):
    experiment_id = client.create_experiment(fresh_name())
    run_id = client.create_run(experiment_id).info.run_id
    client.delete_experiment(experiment_id)
    assert client.get_experiment(experiment_id).lifecycle_stage == "deleted"
    assert client.get_run(run_id).info.lifecycle_stage == "deleted"
    assert client.search_runs([experiment_id]) == []
    assert len(client.search_runs([experiment_id], run_view_type=ViewType.DELETED_ONLY)) == 1
    client.restore_experiment(experiment_id)
    assert client.get_experiment(experiment_id).lifecycle_stage == "active"
    assert client.get_run(run_id).info.lifecycle_stage == "active"


def test_a_name_stays_taken_after_its_experiment_was_deleted(client):
    name = fresh_name()
    client.delete_experiment(client.create_experiment(name))
    with pytest.raises(MlflowException) as refused:
        client.create_experiment(name)
    assert refused.value.error_code == "RESOURCE_ALREADY_EXISTS"


def test_tags_are_set_changed_and_deleted(client):
    experiment_id = client.create_experiment(fresh_name(), tags={"kept": "1"})
    client.set_experiment_tag(experiment_id, "stage", "draft")
    client.set_experiment_tag(experiment_id, "stage", "żółć 日本 😀")
    client.set_experiment_tag(experiment_id, "gone", "x")
    client.delete_experiment_tag(experiment_id, "gone")
    assert client.get_experiment(experiment_id).tags == {"kept": "1", "stage": "żółć 日本 😀"}


def test_an_experiment_may_keep_its_artifacts_elsewhere(client):
    experiment_id = client.create_experiment(fresh_name(), artifact_location="s3://bucket/some/where")
    assert client.get_experiment(experiment_id).artifact_location == "s3://bucket/some/where"
    run = client.create_run(experiment_id)
    assert run.info.artifact_uri == f"s3://bucket/some/where/{run.info.run_id}/artifacts"


def test_experiments_are_searched_by_tag_and_name_in_order_and_by_page(client):
    group = uuid.uuid4().hex
    names = [f"{group} {letter}" for letter in "abcde"]
    for name in names:
        client.create_experiment(name, tags={"group": group, "even": str(names.index(name) % 2 == 0)})
    found = client.search_experiments(filter_string=f"tags.group = '{group}'", order_by=["name DESC"])
    assert [experiment.name for experiment in found] == names[::-1]
    found = client.search_experiments(
        filter_string=f"name LIKE '{group}%' AND tags.even = 'True'", order_by=["name"]
    )
    assert [experiment.name for experiment in found] == names[::2]

    pages, token = [], None
    while True:
        page = client.search_experiments(
            filter_string=f"tags.group = '{group}'", order_by=["name ASC"], max_results=2, page_token=token
        )
        pages.append([experiment.name for experiment in page])
        token = page.token
        if not token:
            break
    assert pages == [names[:2], names[2:4], names[4:]]


def test_search_shows_active_deleted_or_all(client):
    group = uuid.uuid4().hex
    kept = client.create_experiment(f"{group} kept")
    gone = client.create_experiment(f"{group} gone")
    client.delete_experiment(gone)
    found = {
        view: {
            e.experiment_id for e in client.search_experiments(view, filter_string=f"name LIKE '{group}%'")
        }
        for view in (ViewType.ACTIVE_ONLY, ViewType.DELETED_ONLY, ViewType.ALL)
    }
    assert found == {ViewType.ACTIVE_ONLY: {kept}, ViewType.DELETED_ONLY: {gone}, ViewType.ALL: {kept, gone}}
