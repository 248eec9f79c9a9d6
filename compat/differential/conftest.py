import json
import subprocess
import sys

import pytest
from harness.servers import Server, guarded_orrery

from .things import ROOT

asking: subprocess.Popen | None = None
answers_file = None


def pytest_collection_finish(session):
    """MLflow needs a minute for its answers: it gives them while the tests of the client run."""
    global asking, answers_file
    wanted = any("answers_of_mlflow" in getattr(item, "fixturenames", ()) for item in session.items)
    if not wanted or session.config.option.collectonly or session.config.getoption("--against") == "mlflow":
        return
    folder = session.config._tmp_path_factory.mktemp("reference")
    answers_file = folder / "answers.json"
    command = [sys.executable, "-m", "differential.ask_mlflow", str(folder), str(answers_file)]
    asking = subprocess.Popen(command, cwd=session.config.rootpath)


def pytest_sessionfinish(session):
    if asking is not None and asking.poll() is None:
        asking.terminate()
        asking.wait()


@pytest.fixture(scope="session")
def exit_of_asking() -> int:
    """Exit code of the process that asked MLflow."""
    if asking is None:
        pytest.skip("compares two servers")
    return asking.wait(timeout=1800)


@pytest.fixture(scope="session")
def answers_of_mlflow(exit_of_asking) -> dict:
    """Normalised answers of the real `mlflow server`, by name of the case."""
    if exit_of_asking != 0:
        pytest.skip("no answers of MLflow to compare with")
    return json.loads(answers_file.read_text())


@pytest.fixture(scope="session")
def guarded(tmp_path_factory) -> Server:
    """Our server with accounts."""
    with guarded_orrery(tmp_path_factory.mktemp("guarded"), *ROOT) as server:
        yield server
