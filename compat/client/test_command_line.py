"""The commands `mlflow experiments`, `mlflow runs` and `mlflow artifacts`, run in this process for speed."""

import csv
import json
import uuid

import mlflow.cli
import pytest
from click.testing import CliRunner

pytestmark = pytest.mark.sqlite_only


def command(*words: str) -> str:
    result = CliRunner().invoke(mlflow.cli.cli, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_experiments_from_creation_to_restoration(client, tmp_path):
    name = f"cli {uuid.uuid4().hex[:8]}"
    assert f"Created experiment '{name}'" in command("experiments", "create", "-n", name)
    experiment_id = client.get_experiment_by_name(name).experiment_id
    assert name in command("experiments", "search")
    assert name in command("experiments", "get", "-x", experiment_id)
    command("experiments", "rename", "-x", experiment_id, "--new-name", f"{name} new")
    client.create_run(experiment_id, run_name="in the file")
    command("experiments", "csv", "-x", experiment_id, "-o", str(tmp_path / "runs.csv"))
    [row] = csv.DictReader((tmp_path / "runs.csv").read_text().splitlines())
    assert row["tags.mlflow.runName"] == "in the file"
    command("experiments", "delete", "-x", experiment_id)
    assert client.get_experiment(experiment_id).lifecycle_stage == "deleted"
    command("experiments", "restore", "-x", experiment_id)
    assert client.get_experiment(experiment_id).lifecycle_stage == "active"


def test_runs_are_listed_described_deleted_and_restored(client, experiment):
    created = command("runs", "create", "--experiment-id", experiment, "--run-name", "by command")
    [run] = client.search_runs([experiment])
    assert run.info.run_id in created
    assert (run.info.run_name, run.info.status) == ("by command", "FINISHED")
    assert run.info.run_id in command("runs", "list", "--experiment-id", experiment)
    assert (
        json.loads(command("runs", "describe", "--run-id", run.info.run_id))["info"]["run_name"]
        == "by command"
    )
    command("runs", "delete", "--run-id", run.info.run_id)
    assert client.get_run(run.info.run_id).info.lifecycle_stage == "deleted"
    command("runs", "restore", "--run-id", run.info.run_id)
    assert client.get_run(run.info.run_id).info.lifecycle_stage == "active"


def test_artifacts_are_logged_listed_and_downloaded(run, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.txt").write_text("a")
    command("artifacts", "log-artifact", "-l", str(tmp_path / "folder" / "a.txt"), "-r", run, "-a", "one")
    command("artifacts", "log-artifacts", "-l", str(tmp_path / "folder"), "-r", run, "-a", "many")
    assert {entry["path"] for entry in json.loads(command("artifacts", "list", "-r", run))} == {"one", "many"}
    command("artifacts", "download", "-r", run, "-a", "many", "-d", str(tmp_path / "down"))
    assert (tmp_path / "down" / "many" / "a.txt").read_text() == "a"
