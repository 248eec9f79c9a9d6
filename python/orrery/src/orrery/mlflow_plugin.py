"""What MLflow loads of this package.

MLflow's header providers are not told where a request goes, so one that added a credential would send it to every
server MLflow speaks to. An auth provider's object sees each request with its address, and is asked when
MLFLOW_TRACKING_AUTH names it. Nobody wants to set that: MLflow loads `OrreryDefaults` when it is imported, and this
module then sets it, for this process, unless it is set or there is no file of `orrery login`.

Nothing of MLflow is imported here, so that any version can load it.
"""

from __future__ import annotations

import os
import re
from typing import Any, Optional
from urllib.parse import unquote

VARIABLE = "MLFLOW_TRACKING_AUTH"
NAME = "orrery"
_RUN_TOKEN = "orrery_run_"
# What MLflow's clients ask for begins with one of these, below the address of the server or workspace.
_BEGINNINGS = re.compile(
    r"/(?:api|ajax-api|get-artifact|model-versions/get-artifact|graphql|version|health)(?:[/?#]|$)"
)


class OrreryAuthProvider:
    """Entry point `mlflow.request_auth_provider`."""

    def get_name(self) -> str:
        return NAME

    def get_auth(self) -> Any:
        """A `requests` auth object: it leaves an Authorization header that is there, and other servers alone."""
        return _AUTH


class OrreryDefaults:
    """Entry point `mlflow.default_experiment_provider`; never in context."""

    def in_context(self) -> bool:
        # Asked whenever a run begins: somebody may have signed in since MLflow was imported.
        enable()
        return False

    def get_experiment_id(self) -> None:
        return None


def enable() -> bool:
    """Makes MLflow ask this package for credentials, in this process and those it begins. Returns whether it does."""
    present = os.environ.get(VARIABLE)
    if present:
        return present == NAME
    from orrery.credentials import is_signed_in

    is_of_run = os.environ.get("MLFLOW_TRACKING_TOKEN", "").startswith(_RUN_TOKEN)
    if is_of_run or os.environ.get("ORRERY_TOKEN") or is_signed_in():
        os.environ[VARIABLE] = NAME
        return True
    return False


def place_of_request(url: str, workspace_header: Optional[str]) -> Optional[str]:
    """The address of the workspace that a request is for; None where it is none of MLflow's.

    Args:
        workspace_header: X-MLFLOW-WORKSPACE, which `mlflow.set_workspace` sends.
    """
    from orrery.addresses import place_of, split_address
    from orrery.errors import OrreryError

    found = _BEGINNINGS.search(url, url.find("//") + 2)
    if found is None:
        return None
    try:
        server, in_path = split_address(url[: found.start()])
    except OrreryError:
        return None
    return place_of(server, in_path or unquote(workspace_header or "") or "default")


class _Auth:
    """Of no state: what to send is looked up for each request."""

    def __call__(self, request: Any) -> Any:
        from orrery.signing import RUN_TOKEN, renewals, sign

        header = request.headers.get("Authorization", "")
        workspace = request.headers.get("X-MLFLOW-WORKSPACE")
        if isinstance(workspace, bytes):
            workspace = workspace.decode("latin-1")
        place = place_of_request(str(request.url), workspace)
        if place is None:
            return request
        if not header:
            signed = sign(place)
            if signed is not None:
                request.headers["Authorization"] = signed
        elif isinstance(header, str) and header.startswith(f"Bearer {RUN_TOKEN}") and _is_of_tracking(place):
            request.headers["Authorization"] = f"Bearer {renewals.of_run(header[len('Bearer ') :], place)}"
        return request


def _is_of_tracking(place: str) -> bool:
    """Whether a place is on the server of MLFLOW_TRACKING_URI, for which the token in the environment is."""
    from orrery.addresses import lies_in, split_address
    from orrery.credentials import environment_address
    from orrery.errors import OrreryError

    address = environment_address()
    if address is None:
        return False
    try:
        return lies_in(place, split_address(address).server)
    except OrreryError:
        return False


_AUTH = _Auth()
enable()
