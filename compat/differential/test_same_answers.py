"""The same calls to `mlflow server` and to ours, the answers compared."""

import json

import pytest

from .answers import answers_of
from .cases import BELOW_AJAX, CASES, GUARDED_CASES
from .deviations import deviations
from .things import ROOT


def test_mlflow_was_asked(exit_of_asking):
    assert exit_of_asking == 0, "the output above says why; all comparisons are skipped"


@pytest.mark.parametrize("name", CASES)
def test_answers_like_mlflow(name, server, answers_of_mlflow):
    compare(name, answers_of(CASES[name], server.url), answers_of_mlflow)


@pytest.mark.parametrize("name", GUARDED_CASES)
def test_answers_like_mlflow_with_accounts(name, guarded, answers_of_mlflow):
    compare(name, answers_of(GUARDED_CASES[name], guarded.url, ROOT), answers_of_mlflow)


def compare(name, answers, answers_of_mlflow):
    theirs = answers_of_mlflow[name]
    ours = json.loads(json.dumps(answers))
    comparable = as_far_as_mlflow_says(ours, theirs)
    deviation = deviations().get(name.removesuffix(BELOW_AJAX))
    if deviation is None:
        assert comparable == theirs
        return
    assert comparable != theirs, f"{deviation.file}: '{name}' deviates no more: remove its row"
    first = next(
        answer for answer, same, other in zip(ours, comparable, theirs, strict=True) if same != other
    )
    assert {key: first.get(key) for key in deviation.ours} == deviation.ours


def as_far_as_mlflow_says(ours, theirs):
    """A page of MLflow's web framework has no code, and not every message of MLflow has words that matter."""
    return [
        {name: None if other.get(name, "") is None else value for name, value in answer.items()}
        for answer, other in zip(ours, theirs, strict=True)
    ]


def test_every_deviation_names_a_case():
    assert set(deviations()) - set(CASES) - set(GUARDED_CASES) == set()
