import contextlib
import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

# Before mlflow is imported: no call home, no settings of the person who runs the tests.
for name in [name for name in os.environ if name.startswith("MLFLOW_")]:
    del os.environ[name]
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"] = "true"
os.environ["GIT_PYTHON_REFRESH"] = "quiet"
os.environ["MPLBACKEND"] = "Agg"
# The client finds out what a logged model needs by loading it once more in a process of its own. The server
# sees nothing of that; without it a minute is saved, and the client falls back to its list for the library.
os.environ["MLFLOW_REQUIREMENTS_INFERENCE_TIMEOUT"] = "0"
# As in an activated environment: projects say `python`, `mlflow models serve` says `uvicorn`.
os.environ["PATH"] = f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

from harness.recorder import Recorder  # noqa: E402
from harness.servers import Server, orrery, postgres_database, real_mlflow  # noqa: E402

ENGINES = ["sqlite", "postgres"]
recorder = Recorder()


def pytest_addoption(parser):
    parser.addoption(
        "--against",
        choices=["orrery", "mlflow"],
        default="orrery",
        help="mlflow: the client's tests against the real `mlflow server`, to see that the tests are right",
    )
    parser.addoption(
        "--write-page", action="store_true", help="write docs/compatibility.md instead of comparing it"
    )


def pytest_configure(config):
    recorder.install()
    config.recorder = recorder
    config.answering_501 = set()
    config.server_urls = []


def pytest_generate_tests(metafunc):
    if "server" not in metafunc.fixturenames:
        return
    engines = ENGINES[:1] if metafunc.definition.get_closest_marker("sqlite_only") else ENGINES
    if metafunc.config.getoption("--against") == "mlflow":
        engines = ["mlflow"]
    metafunc.parametrize("server", engines, indirect=True, scope="session")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    items.sort(key=lambda item: item.path.name == "test_page.py")
    config.is_complete = (
        config.args_source == pytest.Config.ArgsSource.TESTPATHS
        and not (config.option.keyword or config.option.markexpr)
        and config.getoption("--against") == "orrery"
    )


def pytest_runtest_setup(item):
    recorder.start_test()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.when == "call":
        recorder.end_test(report.passed)
    return report


@pytest.fixture(scope="session")
def server(request, tmp_path_factory) -> Server:
    """A running server, one for each engine and session. Tests keep to experiments of their own."""
    engine = request.param
    with contextlib.ExitStack() as stack:
        started = stack.enter_context(start(engine, tmp_path_factory.mktemp(engine), stack))
        request.config.server_urls.append(started.url)
        yield started


def start(engine, folder, stack):
    if engine == "mlflow":
        return real_mlflow(folder)
    # Receivers of webhooks are on this machine.
    flags = ("--egress-allow", "127.0.0.1")
    if engine == "sqlite":
        return orrery(engine, folder, flags=flags)
    url = stack.enter_context(postgres_database(folder))
    return orrery(engine, folder, url, flags=flags)
