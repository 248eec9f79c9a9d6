"""Starts the servers that the tests talk to: ours on either engine, and the real `mlflow server`."""

import contextlib
import dataclasses
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
READY_WITHIN_SECONDS = 200
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
def real_mlflow(folder: pathlib.Path) -> Iterator[Server]:
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
    ]
    url = f"http://127.0.0.1:{port}"
    # Its webhooks may go to this machine, as those of our server with --egress-allow 127.0.0.1, and go at once.
    hooks = {
        "MLFLOW_WEBHOOK_ALLOWED_SCHEMES": "https,http",
        "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS": "true",
        "MLFLOW_WEBHOOK_CACHE_TTL": "0",
        "MLFLOW_WEBHOOK_REQUEST_MAX_RETRIES": "0",
    }
    with running(command, log, MLFLOW_SERVER_ENABLE_JOB_EXECUTION="false", **hooks) as process:
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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
