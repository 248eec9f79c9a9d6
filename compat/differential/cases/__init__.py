"""All cases by name."""

import dataclasses

from ..calls import Case
from . import (
    artifacts,
    bodies,
    experiments,
    inputs,
    logged_models,
    metrics,
    model_versions,
    prompts,
    registered_models,
    rights,
    roles,
    runs,
    search,
    system,
    users,
    webhooks,
)

AREAS = (
    system,
    bodies,
    experiments,
    runs,
    metrics,
    search,
    inputs,
    logged_models,
    artifacts,
    registered_models,
    model_versions,
    prompts,
    webhooks,
)

FOR_BROWSERS_TOO = (
    "experiment: created with tags and read by id and name",
    "experiment: deleted, read, restored",
    "experiment: renamed",
    "experiment tags: set, changed, deleted",
    "experiments/search: by tag, by name, by page",
    "run: created with all fields",
    "run: status, end time and name are changed",
    "run: deleted and restored, twice each",
    "param: logged twice with the same value, once with another",
    "tag: set, changed, deleted",
    "runs/log-model: the old way to note a model",
    "runs/search: pages",
    "metric: a fraction",
    "log-batch: metrics, params and tags",
    "get-history-bulk-interval: one run",
    "inputs: a dataset with schema, profile and tags",
    "outputs: a model",
    "logged model: created with all fields",
    "logged model: finalized as LOGGED_MODEL_READY",
    "logged model: deleted",
    "logged model tags: set, changed, deleted",
    "logged model params: added",
    "logged-models/search: pages",
    "artifact: written and read",
    "artifact: deleted",
    "artifacts: listed by run",
    "multipart: from the first part to the whole",
    "multipart: given up",
    "presigned: a download by artifact path",
    "presigned: an upload",
    "presigned: a download",
    "registered model: created with all fields",
    "registered model: described anew",
    "registered model: renamed",
    "registered model: deleted and made anew",
    "registered model tags: set, changed, deleted",
    "alias: set, moved, deleted",
    "get-latest-versions: by stage",
    "registered-models/search: pages",
    "model version: created with all fields",
    "model version: described anew",
    "model version: moved from stage to stage",
    "model version: deleted",
    "model version tags: set, changed, deleted",
    "model-versions/search: pages",
    "prompt: created, given versions, read",
    "webhook: made with all fields",
    "webhook: listed",
    "webhook: changed",
    "webhook: a test where nobody listens",
    "webhook: deleted, and once more",
)
"""Cases that touch every route once are sent a second time to the addresses that web pages use."""


BELOW_AJAX = " (below /ajax-api)"


def for_browsers(case: Case) -> Case:
    calls = (
        dataclasses.replace(call, path=call.path.replace("/api/", "/ajax-api/", 1))
        if call.path.startswith("/api/")
        else call
        for call in case.calls
    )
    return dataclasses.replace(case, name=case.name + BELOW_AJAX, calls=tuple(calls))


def named(told: list[Case]) -> dict[str, Case]:
    by_name = {case.name: case for case in told}
    assert len(by_name) == len(told), "two cases have the same name"
    return by_name


def all_cases() -> dict[str, Case]:
    by_name = named([case for area in AREAS for case in area.CASES])
    twins = (for_browsers(by_name[name]) for name in FOR_BROWSERS_TOO)
    return by_name | {case.name: case for case in twins}


CASES = all_cases()
GUARDED_CASES = named([*users.CASES, *rights.CASES, *roles.CASES, *users.LAST])
"""Asked of servers with accounts, one after another."""
