"""docs/compatibility.md against what this run of the tests saw. Collected last."""

import pytest
from harness.routes import PAGE, page, route_of


def test_the_page_of_routes_is_true(request):
    config = request.config
    if not config.is_complete:
        pytest.skip("only a run of all tests knows all routes")
    written = page(working_routes(config), config.answering_501)
    if config.getoption("--write-page"):
        PAGE.write_text(written)
    assert "not tested" not in written, "a route is served that no test calls with success on both engines"
    assert PAGE.read_text() == written, "write it anew: compat/run.sh --write-page"


def working_routes(config) -> set[tuple[str, str]]:
    """The routes that a passing test called with success, on every engine of this run."""
    by_engine = [
        {
            route_of(method, path)
            for address, method, path, status in config.recorder.calls_of_passed_tests
            if address == url and 200 <= status < 300
        }
        for url in config.server_urls
    ]
    return set.intersection(*by_engine) - {None}
