"""Starts the servers that the tests talk to: ours on either engine, and the real `mlflow server`."""

import configparser
import contextlib
import dataclasses
import html
import importlib.util
import itertools
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import requests

ROOT = pathlib.Path(__file__).resolve().parents[2]
READY_WITHIN_SECONDS = 500
"""`mlflow server` needs 8 to 20 seconds on an idle machine and minutes on a busy one."""


@dataclasses.dataclass(frozen=True)
class Server:
    name: str
    url: str
    """Address without a trailing slash, as given to `mlflow.set_tracking_uri`."""
    log: pathlib.Path


@contextlib.contextmanager
def orrery(
    name: str, folder: pathlib.Path, database_url: str | None = None, flags: tuple[str, ...] = ()
) -> Iterator[Server]:
    """Our server as a user starts it, on a port of its own choice, which it prints. It has a workspace `elsewhere`."""
    log = folder / "server.log"
    home = str(folder / "home")
    node, script = ROOT / "node_modules/.bin/node", ROOT / "compat/harness/second-workspace.ts"
    place = [home] if database_url is None else [home, database_url]
    subprocess.run([str(node), str(script), *place], check=True)
    command = [str(ROOT / "orrery"), "server", "--port", "0", "--home", home, *flags]
    if database_url is not None:
        command += ["--database-url", database_url]
    with running(command, log) as process:
        printed = wait_for(lambda: re.search(r"http://[\w.]+:\d+", log.read_text()), process, log)
        url = printed.group(0)
        wait_for(lambda: answers(url), process, log)
        yield Server(name, url, log)


@contextlib.contextmanager
def guarded_orrery(folder: pathlib.Path, name: str, password: str) -> Iterator[Server]:
    """Our server with --auth; `name` has become its administrator by the link that it printed."""
    with orrery("guarded", folder, flags=("--auth",)) as server:
        link = re.search(r"/setup\?link=\S+", server.log.read_text()).group(0)
        with requests.Session() as browser:
            page = browser.get(server.url + link, timeout=10).text
            hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
            form = {field: html.unescape(value) for field, value in hidden.items()}
            form |= {"name": name, "password": password, "again": password}
            done = browser.post(
                f"{server.url}/setup",
                data=form,
                headers={"Origin": server.url},
                allow_redirects=False,
                timeout=10,
            )
            assert done.status_code == 303, done.text
        yield server


@contextlib.contextmanager
def guarded_mlflow(folder: pathlib.Path, name: str, password: str) -> Iterator[Server]:
    """`mlflow server --app-name basic-auth` as it comes; it remembers passwords, or each call would hash one."""
    app = importlib.util.find_spec("mlflow").submodule_search_locations[0]
    folder.mkdir(parents=True, exist_ok=True)
    settings = configparser.ConfigParser()
    settings.read(f"{app}/server/auth/basic_auth.ini")
    settings["mlflow"].update(
        admin_username=name, database_uri=f"sqlite:///{folder}/accounts.db", auth_cache_ttl_seconds="3600"
    )
    with (folder / "basic_auth.ini").open("w") as file:
        settings.write(file)
    accounts = {
        "MLFLOW_AUTH_CONFIG_PATH": str(folder / "basic_auth.ini"),
        "MLFLOW_AUTH_ADMIN_PASSWORD": password,
        "MLFLOW_FLASK_SERVER_SECRET_KEY": "a key of the tests",
    }
    with real_mlflow(folder, ("--app-name", "basic-auth"), accounts) as server:
        yield server


@contextlib.contextmanager
def real_mlflow(
    folder: pathlib.Path, flags: tuple[str, ...] = (), env: dict[str, str] | None = None
) -> Iterator[Server]:
    """`mlflow server` of the client's own version on SQLite, one worker, artifacts proxied."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "server.log"
    port = free_port()
    command = [
        *(
            sys.executable,
            "-m",
            "mlflow",
            "server",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "--workers",
            "1",
        ),
        *("--backend-store-uri", f"sqlite:///{folder}/mlflow.db"),
        *("--serve-artifacts", "--artifacts-destination", str(folder / "artifacts")),
        *flags,
    ]
    url = f"http://127.0.0.1:{port}"
    # Its webhooks may go to this machine, as those of our server with --egress-allow 127.0.0.1, and go at once.
    hooks = {
        "MLFLOW_WEBHOOK_ALLOWED_SCHEMES": "https,http",
        "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS": "true",
        "MLFLOW_WEBHOOK_CACHE_TTL": "0",
        "MLFLOW_WEBHOOK_REQUEST_MAX_RETRIES": "0",
    }
    with running(command, log, MLFLOW_SERVER_ENABLE_JOB_EXECUTION="false", **hooks, **(env or {})) as process:
        wait_for(lambda: answers(url), process, log)
        yield Server("mlflow", url, log)


@contextlib.contextmanager
def postgres_database(folder: pathlib.Path) -> Iterator[str]:
    """URL of a fresh, empty database; gone with the test session."""
    log = folder / "postgres.log"
    node = ROOT / "node_modules" / ".bin" / "node"
    with running([str(node), str(ROOT / "compat/harness/postgres.ts")], log) as process:
        printed = wait_for(lambda: re.search(r"^postgresql://\S+$", log.read_text(), re.M), process, log)
        yield printed.group(0)


@contextlib.contextmanager
def running(command: list[str], log: pathlib.Path, **env: str) -> Iterator[subprocess.Popen]:
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, **env},
            start_new_session=True,
        )
    try:
        yield process
    finally:
        stop(process)


def stop(process: subprocess.Popen) -> None:
    """`mlflow server` leaves workers behind when only its parent is told, hence the whole group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(asked, process: subprocess.Popen, log: pathlib.Path):
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < deadline:
        if answer := asked():
            return answer
        if process.poll() is not None:
            raise RuntimeError(
                f"{process.args[0]} ended with {process.returncode}:\n{log.read_text()[-4000:]}"
            )
        time.sleep(0.05)
    raise RuntimeError(
        f"{process.args[0]} is not ready after {READY_WITHIN_SECONDS} s:\n{log.read_text()[-4000:]}"
    )


def answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/health", timeout=2).status_code == 200
    except requests.RequestException:
        return False


asked = itertools.count()


def free_port() -> int:
    """Below the ports of outgoing connections, and another one for each process, as `freePort` of the drivers' tests."""
    while True:
        port = 10_000 + (os.getpid() * 7 + next(asked) * 1009) % 22_000
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
