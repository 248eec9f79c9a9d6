"""What a caller did wrong is told at once: the client repeats 5xx answers for minutes."""

import time

import pytest
from mlflow import MlflowClient
from mlflow.entities import Metric, Param
from mlflow.exceptions import MlflowException
from mlflow.store.tracking.rest_store import RestStore
from mlflow.utils.credentials import get_default_host_creds

MISSING = "0" * 32
AT_ONCE_SECONDS = 30
"""The client's seven further attempts would take minutes."""

WRONG = [
    ("an unknown run", "RESOURCE_DOES_NOT_EXIST", lambda c, e, r: c.get_run(MISSING)),
    ("an unknown experiment", "RESOURCE_DOES_NOT_EXIST", lambda c, e, r: c.get_experiment("123456789")),
    ("an experiment id of letters", "INVALID_PARAMETER_VALUE", lambda c, e, r: c.get_experiment("../x")),
    ("logging to an unknown run", "RESOURCE_DOES_NOT_EXIST", lambda c, e, r: c.log_metric(MISSING, "a", 1)),
    ("a run in an unknown experiment", "RESOURCE_DOES_NOT_EXIST", lambda c, e, r: c.create_run("123456789")),
    ("a name that is taken", "RESOURCE_ALREADY_EXISTS", lambda c, e, r: c.create_experiment("Default")),
    ("a missing tag", "RESOURCE_DOES_NOT_EXIST", lambda c, e, r: c.delete_tag(r, "nothing")),
    (
        "a missing experiment tag",
        "RESOURCE_DOES_NOT_EXIST",
        lambda c, e, r: c.delete_experiment_tag(e, "nothing"),
    ),
    ("an unknown model", "RESOURCE_DOES_NOT_EXIST", lambda c, e, r: c.get_logged_model("m-" + MISSING)),
    (
        "a page token of nobody",
        "INVALID_PARAMETER_VALUE",
        lambda c, e, r: c.search_runs([e], page_token="abc"),
    ),
    ("too many results", "INVALID_PARAMETER_VALUE", lambda c, e, r: c.search_runs([e], max_results=50_001)),
    (
        "an order by nothing",
        "INVALID_PARAMETER_VALUE",
        lambda c, e, r: c.search_runs([e], order_by=["nonsense.x"]),
    ),
]


@pytest.mark.parametrize(("name", "code", "act"), WRONG, ids=[row[0] for row in WRONG])
def test_a_mistake_is_answered_once_and_at_once(client, experiment, run, name, code, act):
    started = time.monotonic()
    with pytest.raises(MlflowException) as refused:
        act(client, experiment, run)
    assert refused.value.error_code == code
    assert time.monotonic() - started < AT_ONCE_SECONDS


REFUSED_BY_THE_SERVER = [
    ("a metric key out of the folder", lambda s, r: s.log_metric(r, Metric("../x", 1.0, 0, 0))),
    ("a metric key that is too long", lambda s, r: s.log_metric(r, Metric("k" * 251, 1.0, 0, 0))),
    ("a param key with a bad sign", lambda s, r: s.log_param(r, Param("a?b", "1"))),
    ("too many metrics", lambda s, r: s.log_batch(r, [Metric("m", i, 0, i) for i in range(1001)], [], [])),
    ("too many params", lambda s, r: s.log_batch(r, [], [Param(f"p{i}", "1") for i in range(101)], [])),
    ("a param twice in a batch", lambda s, r: s.log_batch(r, [], [Param("a", "1"), Param("a", "2")], [])),
]


@pytest.mark.parametrize(
    ("name", "act"), REFUSED_BY_THE_SERVER, ids=[row[0] for row in REFUSED_BY_THE_SERVER]
)
def test_the_server_checks_what_other_clients_might_not(server, client, run, name, act):
    store = RestStore(lambda: get_default_host_creds(server.url))
    started = time.monotonic()
    with pytest.raises(MlflowException) as refused:
        act(store, run)
    assert refused.value.error_code == "INVALID_PARAMETER_VALUE"
    assert time.monotonic() - started < AT_ONCE_SECONDS
    read = client.get_run(run)
    assert (read.data.metrics, read.data.params) == ({}, {})


def test_a_call_that_is_not_served_yet_is_refused_at_once(request, server):
    if request.config.getoption("--against") == "mlflow":
        pytest.skip("MLflow has traces")
    started = time.monotonic()
    with pytest.raises(MlflowException) as refused:
        MlflowClient(server.url).search_traces(locations=["0"])
    assert refused.value.error_code == "NOT_IMPLEMENTED"
    assert time.monotonic() - started < AT_ONCE_SECONDS
