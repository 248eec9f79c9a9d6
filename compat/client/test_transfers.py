"""Multipart upload and presigned download, which the client uses when its user switches them on."""

import hashlib
import os

import pytest

MIB = 1024 * 1024


@pytest.fixture
def large(tmp_path):
    path = tmp_path / "large.bin"
    path.write_bytes(os.urandom(12 * MIB + 345))
    return path


def digest(path):
    return hashlib.sha256(open(path, "rb").read()).hexdigest()


def test_a_file_goes_up_in_parts(client, run, large, tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD", "true")
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE", str(5 * MIB))
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE", str(5 * MIB))
    client.log_artifact(run, str(large), "parts")
    [entry] = client.list_artifacts(run, "parts")
    assert (entry.path, entry.file_size) == ("parts/large.bin", 12 * MIB + 345)
    assert digest(client.download_artifacts(run, "parts/large.bin", str(tmp_path / "down"))) == digest(large)


def test_a_file_comes_down_in_parts(client, run, large, tmp_path, monkeypatch):
    client.log_artifact(run, str(large))
    monkeypatch.setenv("MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD", "true")
    monkeypatch.setenv("MLFLOW_MULTIPART_DOWNLOAD_MINIMUM_FILE_SIZE", str(5 * MIB))
    monkeypatch.setenv("MLFLOW_MULTIPART_DOWNLOAD_CHUNK_SIZE", str(5 * MIB))
    (tmp_path / "down").mkdir()
    assert digest(client.download_artifacts(run, "large.bin", str(tmp_path / "down"))) == digest(large)
