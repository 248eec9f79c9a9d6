"""The same calls to `mlflow server` and to ours, the answers compared."""

import json

import pytest

from .answers import answers_of
from .cases import BELOW_AJAX, CASES
from .deviations import deviations


@pytest.mark.parametrize("name", CASES)
def test_answers_like_mlflow(name, server, answers_of_mlflow):
    theirs = answers_of_mlflow[name]
    ours = json.loads(json.dumps(answers_of(CASES[name], server.url)))
    comparable = without_codes_of_pages(ours, theirs)
    deviation = deviations().get(name.removesuffix(BELOW_AJAX))
    if deviation is None:
        assert comparable == theirs
        return
    assert comparable != theirs, f"{deviation.file}: '{name}' deviates no more: remove its row"
    first = next(
        answer for answer, same, other in zip(ours, comparable, theirs, strict=True) if same != other
    )
    assert {key: first.get(key) for key in deviation.ours} == deviation.ours


def without_codes_of_pages(ours, theirs):
    """What MLflow's handlers never see is answered with pages of its web framework: only their status compares."""
    return [
        {**answer, "error_code": None}
        if other.get("error_code", "") is None and "error_code" in answer
        else answer
        for answer, other in zip(ours, theirs, strict=True)
    ]


def test_every_deviation_names_a_case():
    assert set(deviations()) - set(CASES) == set()
