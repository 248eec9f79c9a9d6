"""Metrics, batches and histories through MlflowClient."""

import math

import mlflow
import pytest
from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException

AT = 1_700_000_000_000


def history(client, run, key):
    return [(point.step, point.timestamp, point.value) for point in client.get_metric_history(run, key)]


def test_a_history_comes_in_order_of_time_step_and_value(client, run):
    for step, timestamp, value in [(2, AT + 5, 0.2), (0, AT + 9, 0.4), (1, AT + 5, 0.3), (1, AT + 5, 0.1)]:
        client.log_metric(run, "loss", value, timestamp=timestamp, step=step)
    assert sorted(history(client, run, "loss"), key=lambda p: (p[1], p[0], p[2])) == history(
        client, run, "loss"
    )
    assert len(history(client, run, "loss")) == 4


def test_the_latest_value_is_the_one_of_the_highest_step(client, run):
    client.log_metric(run, "loss", 0.2, timestamp=AT, step=10)
    client.log_metric(run, "loss", 0.9, timestamp=AT + 100, step=3)
    assert client.get_run(run).data.metrics == {"loss": 0.2}


def test_equal_steps_and_times_show_the_largest_value_and_equal_points_once(client, run):
    for value in (0.5, 0.7, 0.7, 0.6):
        client.log_metric(run, "loss", value, timestamp=AT, step=1)
    assert client.get_run(run).data.metrics == {"loss": 0.7}
    assert history(client, run, "loss") == [(1, AT, 0.5), (1, AT, 0.6), (1, AT, 0.7)]


def test_nan_and_the_infinities_come_back(client, run):
    client.log_metric(run, "nan", math.nan)
    client.log_metric(run, "up", math.inf)
    client.log_metric(run, "down", -math.inf)
    metrics = client.get_run(run).data.metrics
    assert math.isnan(metrics["nan"])
    assert metrics["up"] >= 1.7976931348623157e308
    assert metrics["down"] <= -1.7976931348623157e308


@pytest.mark.parametrize("value", [0.0, -0.5, 5e-324, 1.7976931348623157e308, 0.1 + 0.2, 1 / 3])
def test_values_come_back_to_the_last_bit(client, run, value):
    client.log_metric(run, "exact", value)
    assert client.get_run(run).data.metrics["exact"] == value


def test_negative_and_large_steps_come_back(client, run):
    for step in (-5, 0, 2**40):
        client.log_metric(run, "loss", float(step), step=step, timestamp=AT)
    assert history(client, run, "loss") == [(-5, AT, -5.0), (0, AT, 0.0), (2**40, AT, float(2**40))]


def test_an_unknown_metric_has_an_empty_history(client, run):
    assert client.get_metric_history(run, "nothing") == []


def test_a_history_longer_than_one_page_comes_whole(client, run, monkeypatch):
    monkeypatch.setattr("mlflow.store.tracking.rest_store.GET_METRIC_HISTORY_MAX_RESULTS", 400, raising=False)
    points = [Metric("loss", float(step), AT + step, step) for step in range(1000)]
    client.log_batch(run, metrics=points)
    assert [point.step for point in client.get_metric_history(run, "loss")] == list(range(1000))


def test_a_batch_is_logged_whole(client, run):
    client.log_batch(
        run,
        metrics=[Metric("loss", 1 / (step + 1), AT + step, step) for step in range(100)],
        params=[Param("lr", "0.1"), Param("layers", "3")],
        tags=[RunTag("team", "vision")],
    )
    read = client.get_run(run)
    assert read.data.metrics == {"loss": 0.01}
    assert read.data.params == {"lr": "0.1", "layers": "3"}
    assert read.data.tags["team"] == "vision"
    assert len(history(client, run, "loss")) == 100


def test_large_batches_are_split_by_the_client(client, run):
    client.log_batch(
        run,
        metrics=[Metric(f"m{i % 10}", float(i), AT, i) for i in range(2500)],
        params=[Param(f"p{i}", str(i)) for i in range(250)],
        tags=[RunTag(f"t{i}", str(i)) for i in range(250)],
    )
    read = client.get_run(run)
    assert len(read.data.params) == 250
    assert len([key for key in read.data.tags if not key.startswith("mlflow.")]) == 250
    assert sum(len(client.get_metric_history(run, f"m{i}")) for i in range(10)) == 2500


def test_a_batch_with_a_changed_param_is_refused(client, run):
    client.log_param(run, "lr", "0.1")
    with pytest.raises(MlflowException) as refused:
        client.log_batch(run, params=[Param("new", "1"), Param("lr", "0.2")])
    assert refused.value.error_code == "INVALID_PARAMETER_VALUE"
    assert client.get_run(run).data.params["lr"] == "0.1"


def test_asynchronous_logging_arrives(client, experiment):
    with mlflow.start_run() as active:
        for step in range(200):
            mlflow.log_metric("loss", float(step), step=step, synchronous=False)
        mlflow.log_params({f"p{i}": i for i in range(150)}, synchronous=False)
        mlflow.set_tags({"a": "1"}, synchronous=False)
        mlflow.log_metrics({"x": 1.0, "y": 2.0}, synchronous=False).wait()
        mlflow.flush_async_logging()
    read = client.get_run(active.info.run_id)
    assert len(client.get_metric_history(active.info.run_id, "loss")) == 200
    assert read.data.metrics == {"loss": 199.0, "x": 1.0, "y": 2.0}
    assert len(read.data.params) == 150
    assert read.data.tags["a"] == "1"


def test_system_metrics_are_logged_while_the_run_lasts(client, experiment):
    import time

    mlflow.set_system_metrics_sampling_interval(0.1)
    mlflow.set_system_metrics_samples_before_logging(2)
    try:
        with mlflow.start_run(log_system_metrics=True) as active:
            deadline = time.monotonic() + 120
            while time.monotonic() < deadline:
                if "system/cpu_utilization_percentage" in client.get_run(active.info.run_id).data.metrics:
                    break
                time.sleep(0.2)
    finally:
        mlflow.set_system_metrics_sampling_interval(None)
        mlflow.set_system_metrics_samples_before_logging(None)
    metrics = client.get_run(active.info.run_id).data.metrics
    assert {"system/cpu_utilization_percentage", "system/system_memory_usage_megabytes"} <= set(metrics)
