"""The same calls to `mlflow server` and to ours, the answers compared."""

import pytest

from .answers import answers_of
from .cases import artifacts, bodies, experiments, inputs, logged_models, metrics, runs, search, system
from .deviations import deviations

CASES = [
    case
    for area in (system, bodies, experiments, runs, metrics, search, inputs, logged_models, artifacts)
    for case in area.CASES
]
BY_NAME = {case.name: case for case in CASES}


@pytest.fixture(scope="session")
def answers_of_mlflow(reference):
    """Asked once for both engines."""
    known = {}

    def answers(case):
        if case.name not in known:
            known[case.name] = answers_of(case, reference.url)
        return known[case.name]

    return answers


@pytest.mark.parametrize("name", BY_NAME)
def test_answers_like_mlflow(name, server, answers_of_mlflow):
    if server.name == "mlflow":
        pytest.skip("compares two servers")
    case = BY_NAME[name]
    theirs = answers_of_mlflow(case)
    ours = answers_of(case, server.url)
    comparable = without_codes_of_pages(ours, theirs)
    deviation = deviations().get(name)
    if deviation is None:
        assert comparable == theirs
        return
    assert comparable != theirs, f"{deviation.file}: '{name}' deviates no more: remove its row"
    first = next(answer for answer, same, other in zip(ours, comparable, theirs, strict=True) if same != other)
    assert {key: first.get(key) for key in deviation.ours} == deviation.ours


def without_codes_of_pages(ours, theirs):
    """MLflow answers what its handlers never see with pages of its web framework: only their status compares."""
    return [
        {**answer, "error_code": None} if other.get("error_code", "") is None and "error_code" in answer else answer
        for answer, other in zip(ours, theirs, strict=True)
    ]


def test_names_of_cases_are_unique():
    assert len(BY_NAME) == len(CASES)


def test_every_deviation_names_a_case():
    assert set(deviations()) - set(BY_NAME) == set()
