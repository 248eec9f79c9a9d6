"""What is told when there is no good answer, and what is left behind."""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest
import requests
from conftest import PACKAGE
from fake_server import fake_server

from orrery import Experiment, MLClient, OrreryError, Workspace
from orrery.core import Core, dumps
from orrery.files import Download, download, download_all, list_files, place_in

JSON = {"Content-Type": "application/json"}


def refused(code):
    return pytest.raises(OrreryError, check=lambda error: error.code == code)


def core_of(url, **more):
    core = Core(url, **{"attempts": 1, **more})
    core.pauses = []
    core.pause = core.pauses.append
    return core


def problem(status, code, message="No.", **headers):
    return status, {**JSON, **headers}, json.dumps({"error_code": code, "message": message}).encode()


def test_a_server_that_is_away():
    # Taken, and nobody listens at it.
    with socket.socket() as held, refused("UNREACHABLE") as caught:
        held.bind(("127.0.0.1", 0))
        core_of(f"http://127.0.0.1:{held.getsockname()[1]}").mlflow("GET", "runs/get", {})
    assert "nothing listens there" in str(caught.value)
    assert caught.value.status == 0


def test_a_host_that_is_not_there():
    with refused("UNREACHABLE") as caught:
        core_of("http://no-such-host.invalid").mlflow("GET", "runs/get", {})
    assert "host" in str(caught.value)


def test_tls_where_there_is_none():
    with fake_server(lambda asked, number: (200, JSON, b"{}")) as (url, _), refused("UNREACHABLE") as caught:
        core_of(url.replace("http:", "https:")).mlflow("GET", "runs/get", {})
    assert "does not speak TLS" in str(caught.value)


def test_a_server_that_is_silent():
    with socket.create_server(("127.0.0.1", 0)) as listening, refused("TIMED_OUT"):
        core_of(f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=0.05).mlflow("GET", "runs/get", {})


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((200, {"Content-Type": "text/html"}, b"<html>"), "is no JSON"),
        ((200, JSON, b"[]"), "is no JSON object"),
        ((404, {"Content-Type": "text/html"}, b"<html>"), "404 and no error of Orrery"),
        (
            (302, {"Location": "https://login.example.org/"}, b""),
            "leads elsewhere, to https://login.example.org/",
        ),
    ],
)
def test_no_orrery_at_the_address(answer, told):
    with (
        fake_server(lambda asked, number: answer) as (url, asked),
        pytest.raises(OrreryError, match=told) as caught,
    ):
        core_of(url).mlflow("POST", "runs/create", {})
    assert caught.value.code == "NOT_ORRERY"
    assert len(asked) == 1


OTHER = {**JSON, "X-Request-Id": None, "Server": "Others/1.0"}


@pytest.mark.parametrize("content", [b"{}", b"", b'{"status": "ok"}', b'{"runs": []}'])
@pytest.mark.parametrize(
    "ask",
    [
        lambda core: core.mlflow("GET", "runs/get", {})["run"],
        lambda core: list(core.pages("POST", "runs/search", {}, "runs")),
        lambda core: list(list_files(core, "root")),
        lambda core: Workspace(url=core.url),
        lambda core: MLClient(url=core.url).workspaces.get(),
    ],
)
def test_another_service_with_json_of_its_own_is_told_from_an_empty_result(content, ask):
    with fake_server(lambda asked, number: (200, OTHER, content)) as (url, asked), refused("NOT_ORRERY") as caught:
        ask(core_of(url))
    assert re.match(rf"{url}/workspaces/default \(.*Others/1.0\) is no Orrery: its answer to ", str(caught.value))
    assert "Check its host, port and path" in caught.value.hint
    assert [each.path for each in asked if each.path == "/openapi.json"] == ["/openapi.json"]


@pytest.mark.parametrize(
    "ask",
    [
        lambda core: core.mlflow("GET", "runs/get", {})["run"],
        lambda core: list(core.pages("POST", "runs/search", {}, "runs")),
        lambda core: list(list_files(core, "root")),
        lambda core: Workspace(url=core.url),
        lambda core: Experiment(Workspace._of(core, {}), "any"),
    ],
)
def test_another_service_that_has_ids_for_its_requests_is_told_by_what_is_missing(ask):
    with (
        fake_server(lambda asked, number: (200, JSON, b'{"status": "ok"}')) as (url, _),
        pytest.raises(OrreryError, match="is no Orrery: its answer to .* has 'status', where '.*' was expected") as caught,
    ):
        ask(core_of(url))
    assert caught.value.code == "NOT_ORRERY"


def test_a_proxy_that_takes_the_ids_out_does_no_harm():
    def answer(asked, number):
        page = {"info": {"title": "Orrery"}} if asked.path == "/openapi.json" else {}
        return 200, OTHER, json.dumps(page).encode()

    with fake_server(answer) as (url, asked):
        core = core_of(url)
        for _ in range(3):
            assert list(core.pages("POST", "runs/search", {}, "runs")) == []
    assert [each.path for each in asked].count("/openapi.json") == 1


def test_a_line_that_broke_when_the_server_was_asked_what_it_is_is_no_answer_for_good():
    asked_what = []

    def answer(asked, number):
        if asked.path != "/openapi.json":
            return 200, OTHER, b"{}"
        asked_what.append(number)
        return None if len(asked_what) == 1 else (200, OTHER, b'{"info": {"title": "Orrery"}}')

    with fake_server(answer) as (url, _):
        core = core_of(url)
        with refused("NOT_ORRERY"):
            core.mlflow("GET", "runs/get", {})
        assert core.mlflow("GET", "runs/get", {}) == {}
        assert core.mlflow("GET", "runs/get", {}) == {}
    assert len(asked_what) == 2


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_proxy_before_a_server_that_is_away(status):
    page = (status, {"Content-Type": "text/html"}, b"<html>")
    with fake_server(lambda asked, number: page) as (url, _), refused("UNREACHABLE") as caught:
        core_of(url, attempts=1).mlflow("POST", "runs/create", {})
    assert f"is {status}, of a proxy that does not reach the server. Is" in str(caught.value)
    assert caught.value.status == status


def test_a_package_that_is_newer_than_the_server():
    with fake_server(lambda asked, number: problem(404, "ENDPOINT_NOT_FOUND")) as (url, _):
        with refused("VERSION_MISMATCH") as caught:
            core_of(url).orrery("POST", "registry/register", {"name": "a"})
    assert "does not know POST /api/orrery/v1/registry/register" in str(caught.value)
    unknown = problem(400, "INVALID_PARAMETER_VALUE", "Unknown field 'name'. Allowed: title.")
    with fake_server(lambda asked, number: unknown) as (url, _):
        with refused("VERSION_MISMATCH"):
            core_of(url).orrery("POST", "registry/register", {"name": "a"})
        with refused("INVALID_PARAMETER_VALUE"):
            core_of(url).orrery("POST", "registry/register", {"other": "a"})


def test_an_error_keeps_code_status_and_request_id():
    answer = problem(403, "PERMISSION_DENIED", "You may not.", **{"x-request-id": "r-1"})
    with fake_server(lambda asked, number: answer) as (url, _), pytest.raises(OrreryError) as caught:
        core_of(url).mlflow("GET", "runs/get", {})
    assert (caught.value.code, caught.value.status, caught.value.request_id) == (
        "PERMISSION_DENIED",
        403,
        "r-1",
    )


def test_what_is_repeated():
    def busy_once(asked, number):
        return (
            problem(503, "TEMPORARILY_UNAVAILABLE", **{"Retry-After": "7"})
            if number == 1
            else (200, JSON, b"{}")
        )

    with fake_server(busy_once) as (url, asked):
        core = core_of(url, attempts=3)
        assert core.mlflow("POST", "runs/create", {"a": 1}) == {}
        assert core.pauses == [7.0]
        assert [each.body for each in asked] == [b'{"a": 1}'] * 2


@pytest.mark.parametrize(
    ("method", "status", "times"), [("POST", 502, 1), ("GET", 502, 3), ("PUT", 408, 3), ("GET", 500, 1)]
)
def test_only_calls_that_do_no_harm_twice_are_repeated_after_a_broken_answer(method, status, times):
    with fake_server(lambda asked, number: problem(status, "INTERNAL_ERROR")) as (url, asked):
        with pytest.raises(OrreryError):
            core_of(url, attempts=3).mlflow(method, "any", {})
        assert len(asked) == times


def test_a_post_whose_connection_breaks_is_not_sent_again_and_a_get_is():
    with fake_server(lambda asked, number: None) as (url, asked):
        with refused("UNREACHABLE"):
            core_of(url, attempts=3).mlflow("POST", "runs/create", {})
        assert len(asked) == 1
        with refused("UNREACHABLE"):
            core_of(url, attempts=3).mlflow("GET", "runs/get", {})
        assert len(asked) == 4


def test_a_pause_that_is_too_long_is_not_kept_to():
    answer = problem(429, "REQUEST_LIMIT_EXCEEDED", **{"Retry-After": "121"})
    with fake_server(lambda asked, number: answer) as (url, asked), refused("REQUEST_LIMIT_EXCEEDED"):
        core_of(url, attempts=3).mlflow("GET", "runs/get", {})
    assert len(asked) == 1


def test_retry_after_may_be_a_time_by_the_clock_of_the_server():
    headers = {"Retry-After": "Sat, 21 Nov 2026 10:00:30 GMT", "Date": "Sat, 21 Nov 2026 10:00:00 GMT"}

    class Answered:
        pass

    from orrery.answers import retry_after

    answered = Answered()
    answered.headers = requests.structures.CaseInsensitiveDict(headers)
    assert retry_after(answered) == 30.0
    answered.headers = requests.structures.CaseInsensitiveDict({"Retry-After": "soon"})
    assert retry_after(answered) is None


@pytest.mark.parametrize(
    "address",
    ["", "127.0.0.1:5000", "ftp://h", "http://", "http://u:p@h", "http://h?a=b", "http://h:port", 7, None],
)
def test_what_is_no_address_is_refused(address):
    with refused("INVALID_PARAMETER_VALUE"):
        Core(address)


@pytest.mark.parametrize("timeout", [-1, float("nan"), float("inf"), None, "5", True, 10**10])
def test_a_time_that_is_none_is_refused(timeout):
    with refused("INVALID_PARAMETER_VALUE") as caught:
        Core("http://h", timeout=timeout)
    assert f"timeout is {timeout!r}: give seconds, up to 2147483, or 0 for no limit." in str(caught.value)


def test_a_time_of_0_is_no_limit():
    with fake_server(lambda asked, number: (200, JSON, b"{}")) as (url, _):
        assert core_of(url, timeout=0).mlflow("GET", "runs/get", {}) == {}


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_what_is_no_workspace_is_refused(name):
    with refused("INVALID_PARAMETER_VALUE"):
        Core("http://h", name)


def test_numbers_that_json_has_not():
    assert (
        dumps({"a": [float("nan"), float("inf"), -float("inf"), 1.5]})
        == '{"a": ["NaN", "Infinity", "-Infinity", 1.5]}'
    )


def test_a_password_of_netrc_is_not_sent(tmp_path):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    (tmp_path / ".netrc").chmod(0o600)
    with fake_server(lambda asked, number: (200, JSON, b"{}")) as (url, asked):
        core_of(url).mlflow("GET", "runs/get", {})
    assert "authorization" not in asked[0].headers


def test_a_download_is_taken_up_where_it_broke():
    content = bytes(range(256)) * 4096

    def breaks_twice(asked, number):
        begin = int(asked.headers.get("range", "bytes=0-")[6:-1])
        headers = {"ETag": '"one"', "Content-Length": str(len(content) - begin)}
        end = len(content) if number == 3 else begin + 300_000
        return (206 if begin else 200), headers, content[begin:end]

    with fake_server(breaks_twice) as (url, asked):
        assert download(core_of(url, attempts=3), Download("/f", "f"), pathlib.Path("f")) == len(content)
    assert pathlib.Path("f").read_bytes() == content
    assert [each.headers.get("if-match") for each in asked] == [None, '"one"', '"one"']


def test_a_file_that_changed_meanwhile_is_not_sewn_together():
    content = bytes(1 << 20)

    def changes(asked, number):
        headers = {"ETag": f'"{number}"', "Content-Length": str(len(content))}
        return (200, headers, content[: 300_000 if number == 1 else None])

    with fake_server(changes) as (url, _), refused("NOT_WHOLE"):
        download(core_of(url, attempts=3), Download("/f", "f"), pathlib.Path("f"))
    assert list(pathlib.Path.cwd().iterdir()) == []


def test_a_file_with_another_digest_is_refused():
    with fake_server(lambda asked, number: (200, {}, b"other")) as (url, _), refused("NOT_WHOLE"):
        download(core_of(url), Download("/f", "f", "0" * 64), pathlib.Path("f"))
    assert list(pathlib.Path.cwd().iterdir()) == []


def test_ctrl_c_in_a_download_leaves_no_half_file_and_the_old_one(monkeypatch):
    pathlib.Path("f").write_text("old")
    real = requests.Response.iter_content

    def interrupted(self, *given):
        yield next(real(self, 4))
        assert list(pathlib.Path.cwd().glob(".f.part-*")) != []
        raise KeyboardInterrupt

    monkeypatch.setattr(requests.Response, "iter_content", interrupted)
    with (
        fake_server(lambda asked, number: (200, {}, b"new content")) as (url, _),
        pytest.raises(KeyboardInterrupt),
    ):
        download(core_of(url), Download("/f", "f"), pathlib.Path("f"))
    assert [path.name for path in pathlib.Path.cwd().iterdir()] == ["f"]
    assert pathlib.Path("f").read_text() == "old"


DOWNLOAD_ALL = """
import pathlib, sys
from orrery.core import Core
from orrery.files import Download, download_all
download_all(Core(sys.argv[1]), [Download(f"/{n}", f"deep/{n}") for n in range(4)], pathlib.Path("in"))
"""


def test_ctrl_c_in_many_downloads_from_a_silent_server_ends_at_once_and_leaves_no_half_file():
    may_end = threading.Event()

    def halves(asked, number):
        if asked.path.endswith("/0"):
            return 200, {}, b"whole"
        return 200, {"Content-Length": str(2 << 20)}, Stalling(may_end)

    with fake_server(halves) as (url, _):
        script = [sys.executable, "-c", DOWNLOAD_ALL, url]
        child = subprocess.Popen(
            script, env={**os.environ, "PYTHONPATH": str(PACKAGE / "src")}, stderr=subprocess.PIPE
        )
        try:
            deadline = time.monotonic() + 60
            while not (
                pathlib.Path("in/deep/0").exists()
                and [each.stat().st_size for each in pathlib.Path("in/deep").glob(".*.part-*")].count(1 << 20)
                == 3
            ):
                assert time.monotonic() < deadline
                assert child.poll() is None
                time.sleep(0.01)
            child.send_signal(signal.SIGINT)
            _, told = child.communicate(timeout=30)
        finally:
            may_end.set()
            child.kill()
    assert b"KeyboardInterrupt" in told
    assert [path.name for path in pathlib.Path("in/deep").iterdir()] == ["0"]


class Stalling(bytes):
    """One MiB, and then nothing until the test is over."""

    def __new__(cls, may_end):
        made = super().__new__(cls, bytes(1 << 20))
        made.may_end = may_end
        return made


@pytest.mark.parametrize("name", ["../f", "a/../../f", "/etc/f", "C:/f", "a\\..\\..\\f", "a//f", "", "a/\0"])
def test_a_server_cannot_write_outside_of_the_folder(name):
    with fake_server(lambda asked, number: (200, {}, b"x")) as (url, asked):
        with refused("INVALID_PARAMETER_VALUE"):
            download_all(core_of(url), [Download("/f", "good"), Download("/f", name)], pathlib.Path("in"))
        assert asked == []
    assert not pathlib.Path("in").exists()


def test_a_symbolic_link_is_not_written_through():
    pathlib.Path("in").mkdir()
    pathlib.Path("in/away").symlink_to("/tmp")
    with refused("INVALID_PARAMETER_VALUE"):
        place_in(pathlib.Path("in"), "away/f")
