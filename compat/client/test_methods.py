"""No method of MlflowClient that belongs to tracking or to the registry goes without a test."""

import inspect
import pathlib
import re

import pytest
from mlflow import MlflowClient

LATER = re.compile(
    "trace|span|webhook|mcp_|workspace"
    "|(add|remove)_dataset|(create|delete|get)_dataset|search_datasets|set_dataset_tags"
)
"""Traces, webhooks, evaluation datasets and the like arrive with their own tests."""


@pytest.mark.sqlite_only
def test_every_method_is_called_by_a_test():
    methods = [
        name for name, _ in inspect.getmembers(MlflowClient, inspect.isfunction) if not name.startswith("_")
    ]
    wanted = {name for name in methods if not LATER.search(name)}
    assert len(wanted) > 80
    tests = "".join(path.read_text() for path in pathlib.Path(__file__).parent.rglob("test_*.py"))
    assert {
        name for name in wanted if not re.search(rf"\b(client|MlflowClient\([\w.]+\))\.{name}\(", tests)
    } == set()
