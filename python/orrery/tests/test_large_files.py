"""Files that go in parts."""

import hashlib
import json
import os
import pathlib
import subprocess
import sys

import pytest
from conftest import PACKAGE, some
from fake_server import fake_server

from orrery import Experiment, OrreryError, files
from orrery.core import Core

JSON = {"Content-Type": "application/json"}
PART = 1000


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setattr(files, "PART_BYTES", PART)


def content_of(size: int) -> bytes:
    return bytes(number * 31 % 251 for number in range(size))


class Parts:
    """What a server keeps of an upload; `refuse(asked)` may answer a part otherwise."""

    def __init__(self, refuse=lambda asked: "keep"):
        self.refuse, self.parts, self.calls, self.credentials = refuse, {}, [], []

    def __call__(self, asked, number):
        path = asked.path.split("?")[0]
        if path.startswith("/part/"):
            self.credentials.append(asked.headers.get("authorization"))
            refused = self.refuse(asked)
            if refused != "keep":
                return refused
            self.parts[int(path.rpartition("/")[2])] = asked.body
            return 200, {"ETag": f'"{len(asked.body)}"'}, b""
        self.calls.append((path.split("/mpu/")[-1], json.loads(asked.body or b"{}")))
        if "/mpu/create/" not in path:
            return 200, JSON, b"{}"
        host = f"http://{asked.headers['host']}"
        count = self.calls[-1][1]["num_parts"]
        credentials = [
            {"url": f"{host}/part/{one}?grant=g%2F1", "part_number": one, "headers": {"X-Part": str(one)}}
            for one in range(1, count + 1)
        ]
        return 200, JSON, json.dumps({"upload_id": "u", "credentials": credentials}).encode()


def core_of(url):
    core = Core(url, token="secret", attempts=3)
    core.pause = lambda seconds: None
    return core


def test_a_large_file_goes_in_parts_to_the_addresses_that_the_server_gives_without_our_token(small_parts):
    content = content_of(3 * PART + 1)
    pathlib.Path("big").write_bytes(content)
    server = Parts()
    with fake_server(server) as (url, _):
        files.upload(core_of(url), "root/deep", "a b/big.bin", "big")
    assert b"".join(server.parts[number] for number in sorted(server.parts)) == content
    assert [len(server.parts[number]) for number in (1, 2, 3, 4)] == [PART, PART, PART, 1]
    assert server.credentials == [None] * 4
    parts = [{"part_number": number, "etag": f'"{PART if number < 4 else 1}"'} for number in (1, 2, 3, 4)]
    assert server.calls == [
        ("create/root/deep/a%20b", {"path": "big.bin", "num_parts": 4}),
        ("complete/root/deep/a%20b", {"path": "big.bin", "upload_id": "u", "parts": parts}),
    ]


def test_a_file_of_one_part_goes_in_one_piece(small_parts):
    pathlib.Path("small").write_bytes(content_of(PART))
    with fake_server(lambda asked, number: (200, JSON, b"{}")) as (url, asked):
        files.upload(core_of(url), "root", "small", "small")
    assert [(each.method, each.body) for each in asked] == [("PUT", content_of(PART))]


def test_a_part_is_sent_again_by_itself(small_parts):
    content, failed = content_of(3 * PART), []

    def once(asked):
        if asked.path.startswith("/part/2") and len(failed) < 2:
            failed.append(asked.path)
            # First a broken line, then a server with too much to do.
            return None if len(failed) == 1 else (503, JSON, b'{"error_code": "TEMPORARILY_UNAVAILABLE"}')
        return "keep"

    pathlib.Path("big").write_bytes(content)
    server = Parts(once)
    with fake_server(server) as (url, asked):
        files.upload(core_of(url), "root", "big", "big")
    sent = sorted(each.path[6] for each in asked if each.path.startswith("/part/"))
    assert sent == ["1", "2", "2", "2", "3"]
    assert b"".join(server.parts[number] for number in (1, 2, 3)) == content


def test_an_upload_that_fails_is_forgotten_by_the_server(small_parts):
    full = (507, JSON, b'{"error_code": "RESOURCE_EXHAUSTED", "message": "The disk is full."}')
    server = Parts(lambda asked: full if asked.path.startswith("/part/2") else "keep")
    pathlib.Path("big").write_bytes(content_of(3 * PART))
    with (
        fake_server(server) as (url, _),
        pytest.raises(OrreryError, check=lambda error: error.code == "RESOURCE_EXHAUSTED"),
    ):
        files.upload(core_of(url), "root", "big", "big")
    assert [call for call, _ in server.calls] == ["create/root", "abort/root"]
    assert server.calls[-1][1] == {"path": "big", "upload_id": "u"}


def test_a_real_server_joins_the_parts(ws, monkeypatch):
    monkeypatch.setattr(files, "PART_BYTES", 300_000)
    content = content_of(251) * 4000
    pathlib.Path("big").write_bytes(content)
    run = Experiment(ws, some("large")).start_logging()
    run.upload_file("deep/a b.bin", "big")
    run.download_file("deep/a b.bin", "back")
    assert hashlib.sha256(pathlib.Path("back").read_bytes()).digest() == hashlib.sha256(content).digest()
    assert run.get_file_names() == ["deep/a b.bin"]


UPLOAD = """
import resource, sys
from orrery import Run, Workspace
run = Run.get(Workspace(), sys.argv[1])
run.upload_file("small.bin", sys.argv[2])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
run.upload_file("large.bin", sys.argv[3])
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print((after - before) // (1 << 10 if sys.platform == "darwin" else 1))
"""


@pytest.mark.one_engine
@pytest.mark.skipif(sys.platform == "win32", reason="no resource module")
def test_memory_does_not_grow_with_the_file(guarded, sign_in):
    from orrery import Workspace

    sign_in("ada")
    for name, size in (("small", 8 << 20), ("large", 200 << 20)):
        with pathlib.Path(name).open("wb") as out:
            out.truncate(size)
    run = Experiment(Workspace(), some("large")).start_logging()
    told = subprocess.run(
        [sys.executable, "-c", UPLOAD, run.id, "small", "large"],
        env={**os.environ, "PYTHONPATH": str(PACKAGE / "src")},
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert told.returncode == 0, told.stderr
    # Kilobytes. One part in memory would be 64 MiB.
    assert int(told.stdout) < 16 << 10
    files_of_run = {file.path: file.size for file in files.list_files(run._core, files.root_of(run._read["info"]["artifact_uri"]))}
    assert files_of_run == {"small.bin": 8 << 20, "large.bin": 200 << 20}
