"""Every route of MLflow's table is answered by a handler, or by a 501 that says so in MLflow's shape."""

import pytest
import requests
from harness.routes import example_of, routes


@pytest.fixture(autouse=True)
def only_ours(request):
    if request.config.getoption("--against") == "mlflow":
        pytest.skip("about our own routes")


@pytest.mark.sqlite_only
@pytest.mark.parametrize(("method", "path"), routes(), ids=lambda value: value)
def test_a_route_of_mlflow_is_known(request, server, method, path):
    answer = requests.request(
        method, server.url + example_of(path), json={} if method != "GET" else None, timeout=120
    )
    if answer.status_code == 501:
        request.config.answering_501.add((method, path))
        told = answer.json()
        assert told["error_code"] == "NOT_IMPLEMENTED"
        assert told["message"].startswith("This version of Orrery does not serve ")
        return
    assert answer.status_code < 500
    if answer.status_code in (404, 405):
        assert answer.json()["error_code"] != "ENDPOINT_NOT_FOUND"


def test_the_first_page_is_shown(server):
    page = requests.get(f"{server.url}/", timeout=120)
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
