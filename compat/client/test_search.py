"""runs/search through the client; the agreement on thousands of filters is checked in compat/filters."""

import mlflow
import pandas as pd
import pytest
from mlflow.entities import Metric, Param
from mlflow.exceptions import MlflowException


@pytest.fixture
def ten_runs(client, experiment):
    """Ten runs named run-0 … run-9 with accuracy 0.0 … 0.9, a param and a tag; odd ones lack the metric."""
    ids = []
    for i in range(10):
        is_even = i % 2 == 0
        run = client.create_run(
            experiment, 1_700_000_000_000 + i, run_name=f"run-{i}", tags={"team": "a" if is_even else "b"}
        )
        client.log_batch(
            run.info.run_id,
            metrics=[Metric("accuracy", i / 10, 1_700_000_000_000, 0)] if is_even else [],
            params=[Param("model", "tree" if i < 5 else "linear")],
        )
        ids.append(run.info.run_id)
    return ids


def names(runs):
    return [run.info.run_name for run in runs]


@pytest.mark.parametrize(
    ("filter_string", "expected"),
    [
        ("metrics.accuracy > 0.3", ["run-8", "run-6", "run-4"]),
        ("metrics.accuracy >= 0.4 and params.model = 'tree'", ["run-4"]),
        ("params.model != 'tree' and tags.team = 'b'", ["run-9", "run-7", "run-5"]),
        (
            "attributes.run_name LIKE 'run-_' and tags.`team` ILIKE 'B'",
            ["run-9", "run-7", "run-5", "run-3", "run-1"],
        ),
        ("attributes.run_id IN ('{ids[1]}', '{ids[2]}')", ["run-2", "run-1"]),
        ("attributes.start_time > 1700000000006", ["run-9", "run-8", "run-7"]),
        ("params.model IS NULL", []),
        ("tags.nothing IS NULL and metrics.accuracy < 0.1", ["run-0"]),
    ],
)
def test_filters(client, experiment, ten_runs, filter_string, expected):
    assert names(client.search_runs([experiment], filter_string.format(ids=ten_runs))) == expected


def test_newest_first_unless_asked_otherwise(client, experiment, ten_runs):
    assert names(client.search_runs([experiment])) == [f"run-{i}" for i in range(9, -1, -1)]


def test_runs_without_the_metric_come_last_in_either_direction(client, experiment, ten_runs):
    up = names(client.search_runs([experiment], order_by=["metrics.accuracy ASC"]))
    down = names(client.search_runs([experiment], order_by=["metrics.accuracy DESC"]))
    assert up[:5] == ["run-0", "run-2", "run-4", "run-6", "run-8"]
    assert down[:5] == ["run-8", "run-6", "run-4", "run-2", "run-0"]
    assert set(up[5:]) == set(down[5:]) == {"run-1", "run-3", "run-5", "run-7", "run-9"}


def test_several_orders_at_once(client, experiment, ten_runs):
    found = names(
        client.search_runs([experiment], order_by=["params.model DESC", "attributes.start_time ASC"])
    )
    assert found == [f"run-{i}" for i in range(10)]


def test_pages_cover_every_run_once(client, experiment, ten_runs):
    seen, token, pages = [], None, 0
    while pages < 10:
        page = client.search_runs(
            [experiment], max_results=3, order_by=["metrics.accuracy"], page_token=token
        )
        seen += names(page)
        pages += 1
        token = page.token
        if not token:
            break
    assert pages == 4
    assert sorted(seen) == [f"run-{i}" for i in range(10)]


def test_search_reaches_over_experiments(client, experiment, ten_runs):
    other = client.create_experiment(f"{experiment} other {ten_runs[0]}")
    client.create_run(other, run_name="elsewhere")
    assert len(client.search_runs([experiment, other])) == 11
    assert names(client.search_runs([other])) == ["elsewhere"]
    assert client.search_runs(["987654321"]) == []


def test_runs_as_a_data_frame(experiment, ten_runs):
    frame = mlflow.search_runs(experiment_ids=[experiment], order_by=["start_time ASC"])
    assert isinstance(frame, pd.DataFrame)
    assert len(frame) == 10
    assert list(frame["tags.mlflow.runName"]) == [f"run-{i}" for i in range(10)]
    assert frame["metrics.accuracy"].notna().sum() == 5
    assert set(frame["params.model"]) == {"tree", "linear"}
    assert str(frame["start_time"].dt.tz) == "UTC"
    assert set(frame["status"]) == {"RUNNING"}


def test_runs_as_a_list_by_experiment_name(client, experiment, ten_runs):
    name = client.get_experiment(experiment).name
    found = mlflow.search_runs(experiment_names=[name], output_format="list", max_results=4)
    assert len(found) == 4


@pytest.mark.parametrize(
    "filter_string",
    ["metrics.accuracy > 'text'", "nonsense.a = 1", "params.a = 'x' OR params.b = 'y'", "metrics.a ="],
)
def test_a_filter_that_cannot_be_read_is_refused(client, experiment, filter_string):
    with pytest.raises(MlflowException) as refused:
        client.search_runs([experiment], filter_string)
    assert refused.value.error_code == "INVALID_PARAMETER_VALUE"
