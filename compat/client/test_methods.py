"""No method of MlflowClient that belongs to tracking goes without a test."""

import inspect
import pathlib
import re

import pytest
from mlflow import MlflowClient

LATER = re.compile(
    "registered_model|model_version|latest_versions|prompt|trace|span|webhook|mcp_|workspace"
    "|(add|remove)_dataset|(create|delete|get)_dataset|search_datasets|set_dataset_tags"
)
"""The registry, traces, webhooks, evaluation datasets and the like arrive with their own tests."""


@pytest.mark.sqlite_only
def test_every_tracking_method_is_called_by_a_test():
    methods = [
        name for name, _ in inspect.getmembers(MlflowClient, inspect.isfunction) if not name.startswith("_")
    ]
    tracking = {name for name in methods if not LATER.search(name)}
    assert len(tracking) > 40
    tests = "".join(path.read_text() for path in pathlib.Path(__file__).parent.rglob("test_*.py"))
    assert {
        name for name in tracking if not re.search(rf"\b(client|MlflowClient\([\w.]+\))\.{name}\(", tests)
    } == set()
