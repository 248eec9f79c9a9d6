"""Names of Azure's SDKs that this version has not: each is told with what there is instead, and none pretends to work."""

from __future__ import annotations

from typing import Dict

from orrery.errors import OrreryError

_DATA = "log data with the run: mlflow.log_input, or run.upload_folder for its files."
_COMPUTE = "run the script on any machine with MLFLOW_TRACKING_URI=ws.get_mlflow_tracking_uri(): it is tracked alike."
_ENVIRONMENT = "conda.yaml and requirements.txt of a model are kept with it; mlflow restores them."
_SERVING = "load the model where it is needed: mlflow.pyfunc.load_model('models:/NAME/VERSION')."

_INSTEAD: Dict[str, str] = {
    # v2, of MLClient
    "datastores": _DATA,
    "data": _DATA,
    "environments": _ENVIRONMENT,
    "compute": _COMPUTE,
    "components": _COMPUTE,
    "schedules": _COMPUTE,
    "online_endpoints": _SERVING,
    "online_deployments": _SERVING,
    "batch_endpoints": _SERVING,
    "batch_deployments": _SERVING,
    # v1, of a workspace
    "compute_targets": _COMPUTE,
    "datasets": _DATA,
    "get_default_datastore": _DATA,
    "get_default_compute_target": _COMPUTE,
    "webservices": _SERVING,
    "images": _SERVING,
    # v1 and v2, to import
    "Datastore": _DATA,
    "Dataset": _DATA,
    "Environment": _ENVIRONMENT,
    "ComputeTarget": _COMPUTE,
    "ScriptRunConfig": _COMPUTE,
    "Webservice": _SERVING,
}


class NotYet(OrreryError, AttributeError):
    """Code NOT_YET. It is an AttributeError as well: `hasattr` says no."""


class NotYetThere(OrreryError, ImportError):
    """Code NOT_YET, of a name that was to be imported."""


def missing(owner: str, name: str, there: str) -> AttributeError:
    """The error for an attribute that is not there.

    Args:
        owner: Whose it would be, such as `MLClient`.
        there: What there is, as the end of a sentence.
    """
    instead = _INSTEAD.get(name)
    if instead is None:
        return AttributeError(f"{owner!r} object has no attribute {name!r}")
    message, hint = _told(owner, name, there, instead)
    return NotYet("NOT_YET", message, hint=hint)


def missing_import(name: str, there: str) -> Exception:
    """The error for a name that the package has not."""
    instead = _INSTEAD.get(name)
    if instead is None or not name[0].isupper():
        return AttributeError(f"module 'orrery' has no attribute '{name}'")
    message, hint = _told("orrery", name, there, instead)
    return NotYetThere("NOT_YET", message, hint=hint)


def _told(owner: str, name: str, there: str, instead: str) -> "tuple[str, str]":
    return f"{owner} has no '{name}' yet: this version has {there}; '{name}' is to come.", f"Until then, {instead}"
