"""Files of runs: up, down, listed, of all sizes."""

import hashlib
import os
import pathlib

import mlflow
import pytest
import requests
from mlflow.exceptions import MlflowException

MIB = 1024 * 1024


def listed(client, run, path=None):
    return {
        entry.path: None if entry.is_dir else entry.file_size for entry in client.list_artifacts(run, path)
    }


def test_a_folder_goes_up_and_comes_back_as_it_was(client, run, tmp_path):
    files = {
        "top.txt": b"top",
        "deep/er/model.bin": os.urandom(100_000),
        "deep/with space.txt": b"space",
        "deep/żółć 日本.txt": "żółć".encode(),
        "deep/plus+sign,=&;.txt": b"signs",
    }
    for name, content in files.items():
        (tmp_path / "up" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "up" / name).write_bytes(content)
    client.log_artifacts(run, str(tmp_path / "up"), "folder")
    assert listed(client, run) == {"folder": None}
    assert listed(client, run, "folder") == {"folder/top.txt": 3, "folder/deep": None}
    local = client.download_artifacts(run, "folder", str(tmp_path / "down"))
    found = {
        str(path.relative_to(local)): path.read_bytes()
        for path in pathlib.Path(local).rglob("*")
        if path.is_file()
    }
    assert found == files


def test_one_file_replaces_another_of_the_same_name(client, run, tmp_path):
    (tmp_path / "a.txt").write_text("first, and longer")
    client.log_artifact(run, str(tmp_path / "a.txt"))
    (tmp_path / "a.txt").write_text("second")
    client.log_artifact(run, str(tmp_path / "a.txt"))
    assert listed(client, run) == {"a.txt": 6}
    assert pathlib.Path(client.download_artifacts(run, "a.txt")).read_text() == "second"


def test_an_empty_file_is_a_file(client, run, tmp_path):
    (tmp_path / "empty.txt").touch()
    client.log_artifact(run, str(tmp_path / "empty.txt"))
    [entry] = client.list_artifacts(run)
    assert (entry.path, entry.is_dir, entry.file_size or 0) == ("empty.txt", False, 0)
    assert os.path.getsize(client.download_artifacts(run, "empty.txt")) == 0


def test_64_mib_go_up_and_come_back(client, run, tmp_path):
    block = os.urandom(MIB)
    with open(tmp_path / "large.bin", "wb") as large:
        for i in range(64):
            large.write(i.to_bytes(4, "big") + block[4:])
    client.log_artifact(run, str(tmp_path / "large.bin"))
    assert listed(client, run) == {"large.bin": 64 * MIB}
    local = client.download_artifacts(run, "large.bin", str(tmp_path))
    digests = set()
    for path in (local, tmp_path / "large.bin"):
        with open(path, "rb") as large:
            digests.add(hashlib.file_digest(large, "sha256").hexdigest())
    assert len(digests) == 1


def test_a_run_without_files_lists_nothing(client, run):
    assert client.list_artifacts(run) == []
    assert client.list_artifacts(run, "nowhere") == []


def test_listing_a_file_lists_nothing(client, run):
    client.log_text(run, "x", "a.txt")
    assert client.list_artifacts(run, "a.txt") == []


def test_a_missing_file_is_missing(client, run, tmp_path):
    with pytest.raises(Exception) as refused:
        client.download_artifacts(run, "nothing.txt", str(tmp_path))
    assert "nothing.txt" in str(refused.value) or "404" in str(refused.value)


@pytest.mark.parametrize("path", ["../x", "a/../../x", "/etc/passwd", "%2e%2e/x"])
def test_paths_out_of_the_run_are_refused(client, run, path):
    with pytest.raises((MlflowException, requests.HTTPError)):
        client.log_text(run, "x", path)
    with pytest.raises((MlflowException, requests.HTTPError)):
        client.list_artifacts(run, path)


def test_artifacts_by_their_addresses(client, experiment, tmp_path):
    with mlflow.start_run() as active:
        mlflow.log_text("hello", "notes/a.txt")
        assert mlflow.get_artifact_uri("notes") == f"{active.info.artifact_uri}/notes"
    uri = f"runs:/{active.info.run_id}/notes/a.txt"
    assert mlflow.artifacts.load_text(uri) == "hello"
    assert mlflow.artifacts.load_text(f"{active.info.artifact_uri}/notes/a.txt") == "hello"
    assert [entry.path for entry in mlflow.artifacts.list_artifacts(run_id=active.info.run_id)] == ["notes"]
    local = mlflow.artifacts.download_artifacts(
        run_id=active.info.run_id, artifact_path="notes", dst_path=str(tmp_path)
    )
    assert os.listdir(local) == ["a.txt"]


def test_a_part_of_a_file_can_be_read(server, experiment, run, client):
    client.log_text(run, "0123456789", "digits.txt")
    address = f"{server.url}/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/digits.txt"
    part = requests.get(address, headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.text, part.headers["content-range"]) == (206, "234", "bytes 2-4/10")


def test_the_web_pages_addresses_give_the_same_bytes(server, run, client):
    client.log_text(run, "<b>hi</b>", "page.html")
    page = requests.get(f"{server.url}/get-artifact", params={"run_uuid": run, "path": "page.html"})
    assert (page.status_code, page.text) == (200, "<b>hi</b>")
    assert page.headers["content-disposition"].startswith("attachment")
    assert page.headers["x-content-type-options"] == "nosniff"
    rows = requests.get(f"{server.url}/ajax-api/2.0/mlflow/artifacts/list", params={"run_id": run}).json()
    assert rows["files"] == [{"path": "page.html", "is_dir": False, "file_size": 9}]


def test_a_file_is_deleted(server, experiment, run, client):
    client.log_text(run, "x", "folder/a.txt")
    client.log_text(run, "x", "folder/b.txt")
    repository = mlflow.store.artifact.artifact_repository_registry.get_artifact_repository(
        client.get_run(run).info.artifact_uri
    )
    repository.delete_artifacts("folder/a.txt")
    assert listed(client, run, "folder") == {"folder/b.txt": 1}
    repository.delete_artifacts("folder")
    assert listed(client, run) == {}
