"""`get_portal_url` of `azureml.mlflow`."""

from __future__ import annotations

import sys
from typing import Any

from orrery.errors import invalid


def get_portal_url(run: Any) -> str:
    """The page of a run: one of this package's, or one of MLflow's, which is at the tracking URI that is set.

    Raises:
        OrreryError: INVALID_PARAMETER_VALUE for anything else.
    """
    own = getattr(run, "get_portal_url", None)
    if callable(own):
        return str(own())
    info: Any = getattr(run, "info", None)
    mlflow = sys.modules.get("mlflow")
    if mlflow is None or not hasattr(info, "run_id"):
        raise invalid(f"{run!r} is no run of orrery or mlflow.")
    uri = str(mlflow.get_tracking_uri()).rstrip("/")
    return f"{uri}/#/experiments/{info.experiment_id}/runs/{info.run_id}"
