"""The fluent functions, as training scripts use them."""

import mlflow
import pytest


def test_a_first_run(client, experiment):
    with mlflow.start_run(run_name="first", description="my note", tags={"t": "v"}) as active:
        mlflow.log_param("lr", 0.01)
        mlflow.log_params({"layers": 3, "nothing": None, "list": [1, 2]})
        mlflow.log_metric("loss", 0.5)
        mlflow.log_metrics({"a": 1.0, "b": 2}, step=4)
        mlflow.set_tag("team", "vision")
        mlflow.set_tags({"x": 1, "y": True})
        mlflow.delete_tag("x")
        mlflow.log_text("hello", "hello.txt")
    read = mlflow.get_run(active.info.run_id)
    assert read.info.status == "FINISHED"
    assert read.info.end_time >= read.info.start_time
    assert read.data.params == {"lr": "0.01", "layers": "3", "nothing": "None", "list": "[1, 2]"}
    assert read.data.metrics == {"loss": 0.5, "a": 1.0, "b": 2.0}
    assert read.data.tags["mlflow.note.content"] == "my note"
    assert (read.data.tags["team"], read.data.tags["y"]) == ("vision", "True")
    assert "x" not in read.data.tags
    assert {"mlflow.user", "mlflow.source.name", "mlflow.source.type"} <= set(read.data.tags)
    assert mlflow.last_active_run().info.run_id == active.info.run_id


def test_a_script_that_fails_leaves_a_failed_run(experiment):
    with pytest.raises(ZeroDivisionError), mlflow.start_run() as active:
        raise ZeroDivisionError
    assert mlflow.get_run(active.info.run_id).info.status == "FAILED"


def test_logging_starts_a_run_by_itself(experiment):
    mlflow.log_metric("loss", 1.0)
    run_id = mlflow.active_run().info.run_id
    mlflow.end_run("KILLED")
    assert mlflow.get_run(run_id).info.status == "KILLED"


def test_nested_runs(client, experiment):
    with mlflow.start_run(run_name="parent") as parent:
        for i in range(3):
            with mlflow.start_run(run_name=f"child-{i}", nested=True) as child:
                mlflow.log_param("i", i)
    found = mlflow.search_runs(
        filter_string=f"tags.mlflow.parentRunId = '{parent.info.run_id}'", order_by=["params.i ASC"]
    )
    assert list(found["tags.mlflow.runName"]) == ["child-0", "child-1", "child-2"]
    assert mlflow.get_parent_run(child.info.run_id).info.run_id == parent.info.run_id
    other = mlflow.start_run(parent_run_id=parent.info.run_id)
    mlflow.end_run()
    assert mlflow.get_parent_run(other.info.run_id).info.run_name == "parent"


def test_a_run_is_resumed(experiment):
    with mlflow.start_run() as first:
        mlflow.log_metric("loss", 1.0, step=1)
    with mlflow.start_run(run_id=first.info.run_id):
        mlflow.log_metric("loss", 0.5, step=2)
    read = mlflow.get_run(first.info.run_id)
    assert (read.info.status, read.data.metrics["loss"]) == ("FINISHED", 0.5)
    assert read.info.end_time >= first.info.start_time


def test_experiments_by_the_fluent_functions(tracking, experiment):
    name = mlflow.get_experiment(experiment).name
    mlflow.set_experiment_tag("a", "1")
    mlflow.set_experiment_tags({"b": "2", "gone": "x"})
    mlflow.delete_experiment_tag("gone")
    assert mlflow.get_experiment_by_name(name).tags == {"a": "1", "b": "2"}
    assert mlflow.set_experiment(experiment_id=experiment).name == name
    assert [
        found.name for found in mlflow.search_experiments(filter_string="tags.b = '2'", max_results=1)
    ] == [name]
    other = mlflow.create_experiment(f"{name} other", tags={"c": "3"})
    mlflow.delete_experiment(other)
    assert mlflow.get_experiment(other).lifecycle_stage == "deleted"
    mlflow.restore_experiment(other)
    assert mlflow.get_experiment(other).lifecycle_stage == "active"


def test_setting_a_deleted_experiment_is_refused(client, experiment):
    name = client.get_experiment(experiment).name
    client.delete_experiment(experiment)
    with pytest.raises(mlflow.MlflowException, match="deleted experiment"):
        mlflow.set_experiment(name)


def test_runs_are_deleted_and_restored(experiment):
    with mlflow.start_run() as active:
        pass
    mlflow.delete_run(active.info.run_id)
    assert len(mlflow.search_runs()) == 0
    mlflow.restore_run(active.info.run_id)
    assert list(mlflow.search_runs()["run_id"]) == [active.info.run_id]


def test_asynchronous_logging_for_a_whole_script(client, experiment):
    mlflow.config.enable_async_logging(True)
    try:
        with mlflow.start_run() as active:
            mlflow.log_param("a", 1)
            for step in range(20):
                mlflow.log_metric("loss", step, step=step)
            mlflow.log_text("later", "later.txt")
    finally:
        mlflow.config.enable_async_logging(False)
    mlflow.flush_async_logging()
    mlflow.flush_artifact_async_logging()
    read = client.get_run(active.info.run_id)
    assert (read.data.params, read.data.metrics) == ({"a": "1"}, {"loss": 19.0})
    assert len(client.get_metric_history(active.info.run_id, "loss")) == 20
