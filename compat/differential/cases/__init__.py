"""All cases by name."""

import dataclasses

from ..calls import Case
from . import artifacts, bodies, experiments, inputs, logged_models, metrics, runs, search, system

AREAS = (system, bodies, experiments, runs, metrics, search, inputs, logged_models, artifacts)

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
    return Case(case.name + BELOW_AJAX, tuple(calls))


def all_cases() -> dict[str, Case]:
    told = [case for area in AREAS for case in area.CASES]
    by_name = {case.name: case for case in told}
    assert len(by_name) == len(told), "two cases have the same name"
    twins = (for_browsers(by_name[name]) for name in FOR_BROWSERS_TOO)
    return by_name | {case.name: case for case in twins}


CASES = all_cases()
