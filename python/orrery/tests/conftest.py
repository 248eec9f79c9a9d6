"""A real server with accounts and two workspaces; who is signed in is what `orrery login` would have kept."""

import contextlib
import dataclasses
import html
import json
import os
import pathlib
import re
import subprocess
import sys
import uuid
import zipfile

import pytest
import requests

ROOT = pathlib.Path(__file__).resolve().parents[3]
PACKAGE = ROOT / "python" / "orrery"
sys.path[:0] = [
    str(ROOT / "compat"),
    str(ROOT / "compat" / "env"),
    str(PACKAGE / "src"),
    str(PACKAGE / "tests"),
]

# Before anything is imported: no settings of the person who runs the tests.
for name in [
    name for name in os.environ if name.startswith(("MLFLOW_", "ORRERY_")) and "POSTGRES" not in name
]:
    del os.environ[name]
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["MLFLOW_REQUIREMENTS_INFERENCE_TIMEOUT"] = "0"
os.environ["GIT_PYTHON_REFRESH"] = "quiet"

from harness.servers import orrery, postgres_database  # noqa: E402

PASSWORD = "correct horse battery"


@dataclasses.dataclass(frozen=True)
class Guarded:
    """A server with --auth. `ada` works in both workspaces, `bob` reads `elsewhere` alone, `root` administers."""

    engine: str
    url: str
    tokens: dict

    def call(self, user: str, method: str, path: str, **message) -> dict:
        """A call as somebody, past the package that is tested."""
        headers = {"Authorization": f"Bearer {self.tokens[user]}"}
        body = {"params" if method in ("GET", "DELETE") else "json": message}
        answer = requests.request(method, f"{self.url}{path}", headers=headers, timeout=20, **body)
        assert answer.ok, answer.text
        return answer.json() if answer.content else {}


def pytest_generate_tests(metafunc):
    if "guarded" in metafunc.fixturenames:
        is_one = metafunc.definition.get_closest_marker("one_engine")
        metafunc.parametrize(
            "guarded", ["sqlite"] if is_one else ["sqlite", "postgres"], indirect=True, scope="session"
        )


def pytest_configure(config):
    config.addinivalue_line("markers", "one_engine: what does not depend on the database of the server")


@pytest.fixture(scope="session")
def guarded(request, tmp_path_factory):
    with contextlib.ExitStack() as stack:
        folder = tmp_path_factory.mktemp(request.param)
        url = stack.enter_context(postgres_database(folder)) if request.param == "postgres" else None
        server = stack.enter_context(orrery(request.param, folder, url, ("--auth",)))
        become_administrator(server)
        yield Guarded(request.param, server.url, make_accounts(server.url))


def become_administrator(server) -> None:
    link = re.search(r"/setup\?link=\S+", server.log.read_text()).group(0)
    with requests.Session() as browser:
        page = browser.get(server.url + link, timeout=10).text
        hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page)
        form = {field: html.unescape(value) for field, value in hidden}
        form |= {"name": "root", "password": PASSWORD, "again": PASSWORD}
        origin = {"Origin": server.url}
        done = browser.post(
            f"{server.url}/setup", data=form, headers=origin, allow_redirects=False, timeout=10
        )
        assert done.status_code == 303, done.text


def make_accounts(url: str) -> dict:
    root = requests.Session()
    root.auth = ("root", PASSWORD)
    for name in ("ada", "bob"):
        made = root.post(
            f"{url}/api/orrery/v1/principals/user", json={"name": name, "password": PASSWORD}, timeout=10
        )
        assert made.status_code == 201, made.text
    for place, role, name in (
        ("", "data-scientist", "ada"),
        ("/workspaces/elsewhere", "data-scientist", "ada"),
        ("/workspaces/elsewhere", "reader", "bob"),
    ):
        given = root.put(f"{url}{place}/api/orrery/v1/role-assignments/{role}/{name}", json={}, timeout=10)
        assert given.ok, given.text
    tokens = {}
    for name, place in (("root", ""), ("ada", ""), ("bob", "/workspaces/elsewhere")):
        message = {"name": "tests", "all_workspaces": True}
        made = requests.post(
            f"{url}{place}/api/orrery/v1/tokens", json=message, auth=(name, PASSWORD), timeout=10
        )
        assert made.status_code == 201, made.text
        tokens[name] = made.json()["token"]
    return tokens


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """Nobody is signed in, in a folder of its own."""
    monkeypatch.setenv("ORRERY_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in [
        name for name in os.environ if name.startswith(("MLFLOW_TRACKING", "ORRERY_URL", "ORRERY_TOKEN"))
    ]:
        monkeypatch.delenv(name)
    # Set and deleted again by the package in this process.
    monkeypatch.setenv("MLFLOW_TRACKING_AUTH", "")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")


def keep(credentials: dict, config: "dict | None" = None) -> pathlib.Path:
    """Writes the files of `orrery login`."""
    folder = pathlib.Path(os.environ["ORRERY_CONFIG_DIR"])
    folder.mkdir(mode=0o700, exist_ok=True)
    for name, content in (("credentials.json", credentials), ("config.json", config)):
        if content is not None:
            beside = folder / f"{name}.new"
            beside.write_text(json.dumps(content))
            beside.chmod(0o600)
            beside.replace(folder / name)
    return folder


@pytest.fixture
def sign_in(guarded):
    """Signs somebody in, as `orrery login` does; a second call is a second login."""

    def sign_in(user: str, workspace: str = "default") -> None:
        profile = {"url": guarded.url, "workspace": workspace}
        entry = {"token": guarded.tokens[user], "user": user}
        keep({guarded.url: entry}, {"current": "default", "profiles": {"default": profile}})

    return sign_in


@pytest.fixture(params=["default", "elsewhere"])
def ws(request, sign_in):
    """A workspace as `ada` sees it: each test runs in both."""
    from orrery import Workspace

    sign_in("ada", request.param)
    return Workspace()


@pytest.fixture
def other(ws, guarded):
    """The workspace that a test is not in."""
    from orrery import Workspace

    return Workspace.get("elsewhere" if ws.name == "default" else "default")


def some(noun: str) -> str:
    return f"{noun}-{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="session")
def wheel(tmp_path_factory) -> pathlib.Path:
    """The wheel, built from the sources."""
    import setup  # compat/env

    folder = tmp_path_factory.mktemp("wheel")
    command = [str(setup.ensure("build")), "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    built = subprocess.run(command, cwd=PACKAGE, capture_output=True, text=True, timeout=120)
    assert built.returncode == 0, built.stderr
    [path] = folder.glob("*.whl")
    return path


@pytest.fixture(scope="session")
def warm(request):
    """By the name of an environment: starts the scripts that import mlflow."""
    import setup  # compat/env
    from warm_python import warm_python

    with contextlib.ExitStack() as stack:
        started: dict = {}

        def warm(name: str):
            if name not in started:
                started[name] = stack.enter_context(warm_python(setup.ensure(name)))
            return started[name]

        yield warm


@pytest.fixture(scope="session")
def installed(wheel, tmp_path_factory) -> pathlib.Path:
    """A folder for PYTHONPATH with the package and its entry points, as an installation has them."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder
