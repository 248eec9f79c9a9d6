"""A reason for each change, by the header provider that docs/audit.md shows, and what happens without one."""

import os
import re
from pathlib import Path

import pytest
import requests
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.tracking.request_header import registry

DOCS = Path(__file__).parents[2] / "docs" / "audit.md"


@pytest.fixture(autouse=True)
def only_here(request):
    if request.config.getoption("--against") == "mlflow":
        pytest.skip("the real server asks for no reasons")


@pytest.fixture
def provider(monkeypatch):
    """The code of the page, as it stands there."""
    code = re.search(r"```python\n(.*?)```", DOCS.read_text(), re.S).group(1)
    before = list(registry._request_header_provider_registry)
    exec(compile(code, str(DOCS), "exec"), {"__name__": "page"})
    yield lambda reason: monkeypatch.setenv("ORRERY_REASON", reason)
    registry._request_header_provider_registry._registry[:] = before


@pytest.fixture
def demanded(tracking):
    def demand(change, demand):
        answer = requests.put(
            f"{tracking}/api/orrery/v1/policies/reasons/{change}", json={"demand": demand}, timeout=120
        )
        assert answer.status_code == 200, answer.text

    yield demand
    for change in ("stage", "deletion"):
        demand(change, "none")


def story(tracking, subject):
    answer = requests.get(f"{tracking}/api/orrery/v1/stories/{subject}", timeout=120)
    assert answer.status_code == 200, answer.text
    return answer.json()["events"]


def test_reasons_of_the_client_are_told(tracking, provider, demanded):
    client = MlflowClient()
    name = f"reasoned-{os.urandom(4).hex()}"
    client.create_registered_model(name)
    client.create_model_version(name, "s3://bucket/model")
    demanded("stage", "always")
    with pytest.raises(MlflowException, match="needs a reason.*X-Orrery-Reason") as refused:
        client.transition_model_version_stage(name, "1", "Production")
    assert refused.value.error_code == "INVALID_PARAMETER_VALUE"
    provider("Passed all checks.")
    client.transition_model_version_stage(name, "1", "Production")
    told = {event["type"]: event.get("reason") for event in story(tracking, f"models/{name}/versions/1")}
    assert told["version.created"] is None
    assert told["stage.changed"] == "Passed all checks."


def test_where_possible_lets_the_client_go_without(tracking, demanded):
    client = MlflowClient()
    run = client.create_run("0").info.run_id
    demanded("deletion", "where-possible")
    client.delete_run(run)
    removed = requests.delete(f"{tracking}/api/orrery/v1/runs/{run}", timeout=120)
    assert (removed.status_code, removed.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
