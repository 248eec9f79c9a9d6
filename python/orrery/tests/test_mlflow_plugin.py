"""MLflow finds the credential of `orrery login` by itself, and sends it to no other server.

Each script runs in a process of its own, with the wheel installed and no variable that names a credential.
"""

import json
import os
import subprocess

import pytest
from conftest import keep, some
from fake_server import fake_server

from orrery.mlflow_plugin import OrreryAuthProvider, enable, place_of_request

JSON = {"Content-Type": "application/json"}

TRACK = """
import mlflow, sys
mlflow.set_tracking_uri(sys.argv[1])
mlflow.set_registry_uri(sys.argv[1])
mlflow.set_experiment(sys.argv[2])
with mlflow.start_run() as run:
    mlflow.log_metric("alpha", 0.03)
    mlflow.log_text("hello", "a.txt")
print(run.info.run_id, mlflow.MlflowClient().get_run(run.info.run_id).data.metrics, mlflow.artifacts.load_text(
    f"runs:/{run.info.run_id}/a.txt"))
"""
ASK = """
import mlflow, os, sys
client = mlflow.MlflowClient(sys.argv[1])
try:
    client.search_experiments()
except Exception as error:
    print(type(error).__name__, str(error)[:300])
"""


@pytest.fixture
def run_script(request, installed, warm):
    """Runs a script with mlflow 3.17.2; two tests ask 2.22.5 too, which loads plugins in other places."""
    python = warm(getattr(request, "param", "client"))

    def run_script(script: str, *words: str, **env: str) -> str:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_TRACKING")}
        settings = {
            "PYTHONPATH": str(installed),
            "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
            "PYTHONWARNINGS": "ignore",
        }
        done = python.run(script, words, {**kept, **settings, **env}, os.getcwd())
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    return run_script


@pytest.mark.one_engine
@pytest.mark.parametrize(
    ("run_script", "workspace"),
    [("client", "default"), ("client", "elsewhere"), ("old-client", "default")],
    indirect=["run_script"],
)
def test_a_script_needs_nothing_but_the_address(run_script, sign_in, guarded, workspace):
    sign_in("ada")
    name = some("plugin")
    told = run_script(TRACK, f"{guarded.url}/workspaces/{workspace}", name)
    assert told.strip().endswith("{'alpha': 0.03} hello")
    found = guarded.call(
        "root",
        "GET",
        f"/workspaces/{workspace}/api/2.0/mlflow/runs/get",
        run_id=told.strip().splitlines()[-1].split()[0],
    )
    assert found["run"]["data"]["metrics"][0]["value"] == 0.03


@pytest.mark.one_engine
def test_nobody_who_has_not_signed_in_comes_in(run_script, guarded):
    assert "UNAUTHENTICATED" in run_script(ASK, guarded.url)


@pytest.mark.one_engine
@pytest.mark.parametrize("run_script", ["client", "old-client"], indirect=True)
def test_another_server_and_a_redirect_see_no_token(run_script, guarded, sign_in):
    """One port is where somebody is signed in, it leads to another; a third is asked outright."""
    with fake_server(lambda asked, number: (200, JSON, b"{}")) as (other, at_other):
        answer = (302, {"Location": f"{other}/api/2.0/mlflow/experiments/search"}, b"")
        with fake_server(lambda asked, number: answer) as (known, at_known):
            keep({known: {"token": "orrery_pat_secret"}})
            run_script(ASK, known)
            run_script(ASK, other)
    assert at_known[0].headers["authorization"] == "Bearer orrery_pat_secret"
    assert len(at_other) >= 2
    assert all("authorization" not in each.headers for each in at_other)


@pytest.mark.one_engine
@pytest.mark.parametrize(
    ("variables", "sent"),
    [
        ({"MLFLOW_TRACKING_TOKEN": "mine"}, "Bearer mine"),
        ({"MLFLOW_TRACKING_USERNAME": "ada", "MLFLOW_TRACKING_PASSWORD": "p"}, "Basic YWRhOnA="),
        ({"MLFLOW_TRACKING_AUTH": "unknown"}, None),
    ],
)
def test_variables_win(run_script, variables, sent):
    with fake_server(lambda asked, number: (200, JSON, b"{}")) as (url, asked):
        keep({url: {"token": "orrery_pat_kept"}})
        run_script(ASK, url, **variables)
    assert asked[0].headers.get("authorization") == sent


LATER = """
import json, mlflow, os, pathlib, sys
client = mlflow.MlflowClient(sys.argv[1])
client.search_experiments()
path = pathlib.Path(os.environ["ORRERY_CONFIG_DIR"]) / "credentials.json"
beside = path.with_name("new")
beside.write_text(json.dumps({sys.argv[1]: {"token": "orrery_pat_two"}}))
beside.chmod(0o600)
beside.replace(path)
client.search_experiments()
mlflow.MlflowClient(sys.argv[1] + "/workspaces/vision").search_experiments()
"""


@pytest.mark.one_engine
def test_a_new_token_is_seen_without_a_restart(run_script):
    with fake_server(lambda asked, number: (200, JSON, b"{}")) as (url, asked):
        keep({url: {"token": "orrery_pat_one"}})
        run_script(LATER, url)
    sent = [each.headers["authorization"] for each in asked if "experiments/search" in each.path]
    assert sent == ["Bearer orrery_pat_one", "Bearer orrery_pat_two", "Bearer orrery_pat_two"]


@pytest.mark.one_engine
def test_the_token_of_a_run_is_renewed_in_mlflow_too(run_script):
    def answer(asked, number):
        if asked.path.endswith("/tokens/renew"):
            return 201, JSON, json.dumps({"token": "orrery_run_next", "expiration_timestamp": 1}).encode()
        return 200, JSON, b"{}"

    with fake_server(answer) as (url, asked):
        run_script(ASK, url, MLFLOW_TRACKING_TOKEN="orrery_run_first", MLFLOW_TRACKING_URI=url)
    sent = {each.path.rsplit("/", 1)[-1].split("?")[0]: each.headers["authorization"] for each in asked}
    assert sent["renew"] == "Bearer orrery_run_first"
    assert sent["search"] == "Bearer orrery_run_next"


@pytest.mark.one_engine
def test_a_broken_file_is_told_in_mlflows_error(run_script):
    folder = keep({})
    (folder / "credentials.json").write_text("{")
    with fake_server(lambda asked, number: (200, JSON, b"{}")) as (url, _):
        told = run_script(ASK, url)
    assert "MlflowException" in told
    assert "credentials.json cannot be read" in told


@pytest.mark.one_engine
def test_narrow_tokens_by_the_header_of_set_workspace():
    beginning = "http://h:5000"
    assert (
        place_of_request(f"{beginning}/api/2.0/mlflow/runs/get?a=b", None)
        == f"{beginning}/workspaces/default"
    )
    assert place_of_request(f"{beginning}/api/2.0/x", "vision") == f"{beginning}/workspaces/vision"
    assert (
        place_of_request(f"{beginning}/base/workspaces/a/api/3.0/mlflow/x", "a")
        == f"{beginning}/base/workspaces/a"
    )
    assert place_of_request(f"{beginning}/get-artifact?path=/api/", None) == f"{beginning}/workspaces/default"
    assert place_of_request(f"{beginning}/elsewhere", None) is None
    assert place_of_request("http://h:5000", None) is None


def test_the_variable_is_set_only_where_somebody_has_signed_in(monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_AUTH")
    assert enable() is False
    assert "MLFLOW_TRACKING_AUTH" not in os.environ
    keep({})
    assert enable() is True
    assert os.environ.pop("MLFLOW_TRACKING_AUTH") == OrreryAuthProvider().get_name()
    monkeypatch.setenv("MLFLOW_TRACKING_AUTH", "another")
    assert enable() is False
    assert os.environ["MLFLOW_TRACKING_AUTH"] == "another"


LOGIN = "correct horse battery\n"


@pytest.mark.one_engine
def test_the_files_of_the_command_line_are_understood(run_script, guarded):
    """`orrery login` for real, then MLflow, then `orrery logout`."""
    from conftest import ROOT

    def orrery(*words, **more):
        done = subprocess.run(
            [str(ROOT / "orrery"), *words], capture_output=True, text=True, timeout=60, **more
        )
        assert done.returncode == 0, done.stderr
        return done

    orrery("login", guarded.url, "--user", "ada", "--password-stdin", input=LOGIN)
    from orrery import Workspace

    assert Workspace().name == "default"
    told = run_script(TRACK, Workspace().get_mlflow_tracking_uri(), some("login"))
    assert "{'alpha': 0.03} hello" in told
    orrery("logout")
    assert "UNAUTHENTICATED" in run_script(ASK, guarded.url)
