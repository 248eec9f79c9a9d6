"""Logged models through MlflowClient and the fluent functions."""

import mlflow
import pytest
from mlflow.entities import LoggedModelStatus, Metric
from mlflow.exceptions import MlflowException


def test_a_logged_model_is_created_described_and_finalized(client, experiment, run):
    model = client.create_logged_model(
        experiment,
        name="tree",
        source_run_id=run,
        params={"depth": "3"},
        tags={"team": "a"},
        model_type="classifier",
    )
    assert model.status == LoggedModelStatus.PENDING
    assert model.artifact_location == f"mlflow-artifacts:/{experiment}/models/{model.model_id}/artifacts"
    assert client.finalize_logged_model(model.model_id, "READY").status == LoggedModelStatus.READY
    read = client.get_logged_model(model.model_id)
    assert (read.name, read.source_run_id, read.model_type) == ("tree", run, "classifier")
    assert (read.params, read.tags["team"], read.status) == ({"depth": "3"}, "a", LoggedModelStatus.READY)


def test_a_model_without_a_name_gets_one(client, experiment):
    assert client.create_logged_model(experiment).name


def test_an_upload_may_fail(client, experiment):
    model = client.create_logged_model(experiment, name="broken")
    assert client.finalize_logged_model(model.model_id, "FAILED").status == LoggedModelStatus.FAILED


def test_tags_and_params_are_added(client, experiment):
    model_id = client.create_logged_model(
        experiment, name="tree", params={"a": "1"}, tags={"gone": "x"}
    ).model_id
    client.set_logged_model_tags(model_id, {"stage": "draft", "team": "a"})
    client.set_logged_model_tags(model_id, {"stage": "final"})
    client.delete_logged_model_tag(model_id, "gone")
    client.log_model_params(model_id, {"b": "2"})
    read = client.get_logged_model(model_id)
    assert read.params == {"a": "1", "b": "2"}
    assert {key: value for key, value in read.tags.items() if not key.startswith("mlflow.")} == {
        "stage": "final",
        "team": "a",
    }


def test_more_params_than_one_call_takes(client, experiment):
    params = {f"p{i}": str(i) for i in range(250)}
    model_id = mlflow.create_external_model(name="wide", params=params).model_id
    assert client.get_logged_model(model_id).params == params


def test_metrics_of_a_model_carry_their_dataset(client, experiment, run):
    model_id = client.create_logged_model(experiment, name="tree", source_run_id=run).model_id
    at = 1_700_000_000_000
    client.log_metric(run, "accuracy", 0.9, timestamp=at, step=1, model_id=model_id)
    client.log_batch(
        run,
        metrics=[Metric("accuracy", 0.8, at, 2, model_id=model_id, dataset_name="iris", dataset_digest="d1")],
    )
    read = {(m.dataset_name, m.value, m.step, m.run_id) for m in client.get_logged_model(model_id).metrics}
    assert (None, 0.9, 1, run) in read or ("", 0.9, 1, run) in read
    assert ("iris", 0.8, 2, run) in read


def test_a_deleted_model_is_gone(client, experiment):
    model_id = client.create_logged_model(experiment, name="gone").model_id
    client.delete_logged_model(model_id)
    with pytest.raises(MlflowException) as refused:
        client.get_logged_model(model_id)
    assert refused.value.error_code == "RESOURCE_DOES_NOT_EXIST"
    assert client.search_logged_models([experiment]) == []


def test_models_are_searched_ordered_and_paged(client, experiment, run):
    for i in range(5):
        model = client.create_logged_model(
            experiment, name=f"model-{i}", params={"depth": str(i)}, source_run_id=run
        )
        client.log_metric(
            run, "accuracy", i / 10, model_id=model.model_id, dataset_name="d", dataset_digest="1"
        )
    found = client.search_logged_models(
        [experiment], filter_string="metrics.accuracy > 0.15 AND params.depth != '4'"
    )
    assert {model.name for model in found} == {"model-2", "model-3"}
    best = client.search_logged_models(
        [experiment], order_by=[{"field_name": "metrics.accuracy", "ascending": False}], max_results=2
    )
    assert [model.name for model in best] == ["model-4", "model-3"]
    rest = client.search_logged_models(
        [experiment],
        order_by=[{"field_name": "metrics.accuracy", "ascending": False}],
        max_results=2,
        page_token=best.token,
    )
    assert [model.name for model in rest] == ["model-2", "model-1"]
    on_dataset = client.search_logged_models(
        [experiment],
        filter_string="metrics.accuracy >= 0.3",
        datasets=[{"dataset_name": "d", "dataset_digest": "1"}],
        order_by=[{"field_name": "creation_timestamp", "ascending": True}],
    )
    assert [model.name for model in on_dataset] == ["model-3", "model-4"]


def test_models_as_a_data_frame(client, experiment):
    client.create_logged_model(experiment, name="tree", params={"depth": "3"})
    frame = mlflow.search_logged_models(experiment_ids=[experiment])
    assert list(frame["name"]) == ["tree"]
    assert mlflow.search_logged_models(experiment_ids=[experiment], output_format="list")[0].name == "tree"


def test_files_of_a_model_are_logged_and_listed(client, experiment, tmp_path):
    model_id = client.create_logged_model(experiment, name="files").model_id
    (tmp_path / "sub").mkdir()
    (tmp_path / "MLmodel").write_text("flavors: {}")
    (tmp_path / "sub" / "weights.bin").write_bytes(b"\x00\x01")
    client.log_model_artifacts(model_id, str(tmp_path))
    client.log_model_artifact(model_id, str(tmp_path / "MLmodel"))
    listed = {
        (entry.path, entry.is_dir, entry.file_size) for entry in client.list_logged_model_artifacts(model_id)
    }
    assert listed == {("MLmodel", False, 11), ("sub", True, None)}
    below = client.list_logged_model_artifacts(model_id, "sub")
    assert [(entry.path, entry.file_size) for entry in below] == [("sub/weights.bin", 2)]


def test_the_active_model_collects_what_is_logged(client, experiment):
    model = mlflow.set_active_model(name="my-agent")
    try:
        with mlflow.start_run():
            mlflow.log_metric("accuracy", 0.5)
        assert mlflow.get_active_model_id() == model.model_id
        assert [metric.value for metric in client.get_logged_model(model.model_id).metrics] == [0.5]
    finally:
        mlflow.clear_active_model()


def test_a_model_starts_and_ends_by_the_fluent_functions(client, experiment):
    model = mlflow.initialize_logged_model(name="two-step", params={"a": "1"}, tags={"t": "1"})
    mlflow.set_logged_model_tags(model.model_id, {"u": "2"})
    mlflow.delete_logged_model_tag(model.model_id, "t")
    mlflow.log_model_params({"b": "2"}, model_id=model.model_id)
    mlflow.finalize_logged_model(model.model_id, "READY")
    read = mlflow.get_logged_model(model.model_id)
    assert (read.status, read.params, read.tags["u"]) == (LoggedModelStatus.READY, {"a": "1", "b": "2"}, "2")
    assert mlflow.last_logged_model().model_id == model.model_id
