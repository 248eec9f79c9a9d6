"""What `lineage/openlineage` exports, built anew with the classes of OpenLineage's own client."""

import json
import pathlib
import subprocess

import mlflow
import pandas as pd
import pytest
import requests

HOME = pathlib.Path(__file__).parents[2]
PYTHON = HOME / ".cache/python/openlineage/bin/python"
SCRIPT = HOME / "compat/harness/openlineage_events.py"

GIT = {
    "mlflow.source.git.repoURL": "https://git.example.org/fraud.git",
    "mlflow.source.git.commit": "0123456789abcdef0123456789abcdef01234567",
    "mlflow.source.git.branch": "main",
}


class Constant(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input: list[str]) -> list[str]:
        return model_input


@pytest.fixture(autouse=True)
def only_here(request):
    if request.config.getoption("--against") == "mlflow":
        pytest.skip("the real server has no lineage")


def trained():
    """A run of a parent that reads a dataset and makes a model, which is registered. Returns its id."""
    table = pd.DataFrame({"x": [1.0, 2.0], "label": ["a", "b"]})
    dataset = mlflow.data.from_pandas(table, name="customers", source="https://data.example.org/c.csv")
    with mlflow.start_run(run_name="sweep"):
        with mlflow.start_run(run_name="train", nested=True, tags=GIT) as active:
            mlflow.log_input(dataset, context="training")
            mlflow.pyfunc.log_model(name="model", python_model=Constant(), registered_model_name="openlineage")
    return active.info.run_id


def bare(value):
    """Without what the classes add: empty facets, empty nested fields, and what only redacting needs."""
    if isinstance(value, list):
        return [bare(each) for each in value]
    if not isinstance(value, dict):
        return value
    added = ("facets", "inputFacets", "outputFacets")
    kept = {name: bare(each) for name, each in value.items()}
    return {
        name: each
        for name, each in kept.items()
        if not (name in added and each == {}) and not (name == "fields" and each == [])
    }


def test_run_events_are_what_the_classes_of_openlineage_make_of_them(server, client, experiment):
    run_id = trained()
    asked = {"kind": "run", "id": run_id, "direction": "both"}
    answer = requests.get(f"{server.url}/api/orrery/v1/lineage/openlineage", params=asked)
    assert answer.status_code == 200, answer.text
    events = answer.json()
    done = subprocess.run([PYTHON, SCRIPT], input=answer.text, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    assert [bare(event) for event in json.loads(done.stdout)] == [bare(event) for event in events]

    of = {event["run"]["runId"].replace("-", ""): event for event in events}
    event = of[run_id]
    assert len(of) == 2, "the run and its parent"
    assert event["eventType"] == "COMPLETE"
    assert event["run"]["facets"]["parent"]["job"]["name"].endswith("/sweep")
    assert event["job"]["facets"]["sourceCodeLocation"]["branch"] == "main"
    [read] = event["inputs"]
    assert set(read["facets"]) == {"version", "dataSource", "schema"}
    assert [field["name"] for field in read["facets"]["schema"]["fields"]] == ["x", "label"]
    assert len(event["outputs"]) == 2, "the logged model and its version"
