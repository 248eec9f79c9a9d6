"""The life of a run through MlflowClient."""

import time

import pytest
from mlflow.entities import RunStatus, ViewType
from mlflow.exceptions import MlflowException


def test_a_new_run_is_running_and_has_a_name_of_its_own(client, experiment):
    run = client.create_run(experiment, tags={"why": "a test"})
    info = run.info
    assert info.status == "RUNNING"
    assert info.lifecycle_stage == "active"
    assert info.end_time is None
    assert info.run_name and run.data.tags["mlflow.runName"] == info.run_name
    assert run.data.tags["why"] == "a test"
    assert info.artifact_uri == f"mlflow-artifacts:/{experiment}/{info.run_id}/artifacts"
    assert len(info.run_id) == 32


def test_a_run_takes_name_and_start_time_from_its_creator(client, experiment):
    run = client.create_run(experiment, run_name="first", start_time=1_700_000_000_123)
    read = client.get_run(run.info.run_id)
    assert (read.info.run_name, read.info.start_time) == ("first", 1_700_000_000_123)


def test_a_run_reads_back_what_was_logged(client, run):
    client.log_param(run, "lr", 0.01)
    client.log_metric(run, "loss", 0.5, step=3, timestamp=1_700_000_000_000)
    client.set_tag(run, "team", "vision")
    read = client.get_run(run)
    assert read.data.params == {"lr": "0.01"}
    assert read.data.metrics == {"loss": 0.5}
    assert read.data.tags["team"] == "vision"


@pytest.mark.parametrize("status", ["FINISHED", "FAILED", "KILLED"])
def test_a_run_ends_with_a_status_and_an_end_time(client, run, status):
    client.set_terminated(run, status)
    info = client.get_run(run).info
    assert info.status == status
    assert abs(info.end_time - time.time() * 1000) < 60_000


def test_a_run_is_renamed_and_its_status_changed(client, run):
    client.update_run(run, status="SCHEDULED", name="second name")
    read = client.get_run(run)
    assert (read.info.status, read.info.run_name) == (RunStatus.to_string(RunStatus.SCHEDULED), "second name")
    assert read.data.tags["mlflow.runName"] == "second name"


def test_setting_the_name_tag_renames_the_run(client, run):
    client.set_tag(run, "mlflow.runName", "by tag")
    assert client.get_run(run).info.run_name == "by tag"


def test_a_finished_run_can_be_resumed(client, run):
    client.set_terminated(run)
    client.update_run(run, status="RUNNING")
    client.log_metric(run, "late", 1.0)
    read = client.get_run(run)
    assert (read.info.status, read.data.metrics) == ("RUNNING", {"late": 1.0})


def test_a_deleted_run_leaves_search_refuses_logging_and_comes_back(client, experiment, run):
    client.delete_run(run)
    assert client.get_run(run).info.lifecycle_stage == "deleted"
    assert client.search_runs([experiment]) == []
    assert [r.info.run_id for r in client.search_runs([experiment], run_view_type=ViewType.ALL)] == [run]
    with pytest.raises(MlflowException, match="must be in the 'active' state") as refused:
        client.log_metric(run, "loss", 1.0)
    assert refused.value.error_code == "INVALID_PARAMETER_VALUE"
    client.restore_run(run)
    client.log_metric(run, "loss", 1.0)
    assert client.get_run(run).info.lifecycle_stage == "active"


def test_a_child_knows_its_parent(client, experiment, run):
    child = client.create_run(experiment, tags={"mlflow.parentRunId": run}).info.run_id
    assert client.get_parent_run(child).info.run_id == run
    assert client.get_parent_run(run) is None
    children = client.search_runs([experiment], f"tags.mlflow.parentRunId = '{run}'")
    assert [found.info.run_id for found in children] == [child]


def test_params_stay_as_they_are(client, run):
    client.log_param(run, "depth", 3)
    client.log_param(run, "depth", 3)
    with pytest.raises(MlflowException, match="Changing param values is not allowed") as refused:
        client.log_param(run, "depth", 4)
    assert refused.value.error_code == "INVALID_PARAMETER_VALUE"
    assert client.get_run(run).data.params == {"depth": "3"}


def test_tags_are_changed_and_deleted(client, run):
    client.set_tag(run, "stage", "draft")
    client.set_tag(run, "stage", "final")
    client.set_tag(run, "gone", "x")
    client.delete_tag(run, "gone")
    tags = client.get_run(run).data.tags
    assert tags["stage"] == "final"
    assert "gone" not in tags


def test_values_of_every_script_and_the_longest_allowed_come_back(client, run):
    text = 'żółć 日本 😀 "quotes" \\ \n\t end'
    client.log_param(run, "text", text)
    client.log_param(run, "long", "p" * 6000)
    client.set_tag(run, "long", "t" * 8000)
    client.set_tag(run, "text", text)
    client.log_param(run, "empty", "")
    read = client.get_run(run)
    assert read.data.params == {"text": text, "long": "p" * 6000, "empty": ""}
    assert read.data.tags["text"] == text
    assert read.data.tags["long"] == "t" * 8000


def test_values_beyond_the_limit_are_cut(client, run):
    client.log_param(run, "long", "p" * 7000)
    client.set_tag(run, "long", "t" * 9000)
    read = client.get_run(run)
    assert (len(read.data.params["long"]), len(read.data.tags["long"])) == (6000, 8000)


@pytest.mark.parametrize("key", ["a/b.c-d_e f:g", "0", "k" * 250])
def test_keys_that_mlflow_allows(client, run, key):
    client.log_param(run, key, 1)
    client.log_metric(run, key, 1)
    client.set_tag(run, key, 1)
    read = client.get_run(run)
    assert read.data.params[key] == "1"
    assert read.data.metrics[key] == 1.0
    assert read.data.tags[key] == "1"
