"""`Workspace` of the v1 SDK."""

from __future__ import annotations

import json
import pathlib
from typing import TYPE_CHECKING, Any, Dict, List, Optional

from orrery.core import Core, from_key_values, key_values, segment
from orrery.errors import OrreryError
from orrery.kept import check_kept
from orrery.mlflow_plugin import enable
from orrery.not_yet import missing
from orrery.settings import connect, find_config, server_of_file
from orrery.times import iso

if TYPE_CHECKING:
    from orrery.experiment import Experiment
    from orrery.model import Model

_OWN = ("subscription_id", "resource_group", "workspace_name", "url", "token", "auth", "timeout")


class Workspace:
    """A workspace. `subscription_id` and `resource_group` are accepted and kept; nothing depends on them.

    Args:
        workspace_name: Its name; that of the address or profile, else `default`, if not given.
        auth: Accepted for the seeds' sake; a text is taken for a token.
        url: Address of the server; else ORRERY_URL, MLFLOW_TRACKING_URI, the profile of `orrery login`.
        token: Instead of what the environment or `orrery login` has.
        timeout: Seconds that the server may be silent; 0 is no limit.

    Raises:
        OrreryError: RESOURCE_DOES_NOT_EXIST, also for a workspace in which one has no role; NO_SERVER, UNREACHABLE,
            UNAUTHENTICATED.
    """

    def __init__(
        self,
        subscription_id: Optional[str] = None,
        resource_group: Optional[str] = None,
        workspace_name: Optional[str] = None,
        auth: Any = None,
        *,
        url: Optional[str] = None,
        token: Optional[str] = None,
        timeout: float = 120.0,
        **_kept: Any,
    ) -> None:
        check_kept("Workspace", _kept, _OWN)
        core = connect(url, workspace_name, _token_of(auth, token), timeout=timeout)
        self._begin(core, _properties(core), subscription_id, resource_group)

    def _begin(
        self,
        core: Core,
        properties: Dict[str, Any],
        subscription_id: Optional[str] = None,
        resource_group: Optional[str] = None,
    ) -> None:
        self._core = core
        self._properties = properties
        self._subscription_id = subscription_id
        self._resource_group = resource_group

    @classmethod
    def _of(cls, core: Core, properties: Dict[str, Any], *more: Optional[str]) -> "Workspace":
        workspace = cls.__new__(cls)
        workspace._begin(core, properties, *more)
        return workspace

    @classmethod
    def from_config(
        cls, path: Optional[str] = None, auth: Any = None, _file_name: Optional[str] = None, **_kept: Any
    ) -> "Workspace":
        """Reads `config.json`: `path`, or in the working folder, its `.azureml/`, `aml_config/`, then each parent.

        The file has `workspace_name` and `mlflow_tracking_uri` or none: then MLFLOW_TRACKING_URI or the profile of
        `orrery login` says where. ORRERY_URL wins over the file.

        Raises:
            OrreryError: CONFIG_NOT_FOUND with the folders that were looked into; INVALID_CONFIG with file and field;
                and what `Workspace` raises.
        """
        check_kept("Workspace.from_config", _kept, ("path", "auth", "token"))
        fields = find_config(path, _file_name).fields
        core = connect(
            None,
            fields.get("workspace_name"),
            _token_of(auth, _kept.get("token")),
            of_file=server_of_file(fields),
        )
        return cls._of(core, _properties(core), fields.get("subscription_id"), fields.get("resource_group"))

    @classmethod
    def get(
        cls,
        name: str,
        auth: Any = None,
        subscription_id: Optional[str] = None,
        resource_group: Optional[str] = None,
        **_kept: Any,
    ) -> "Workspace":
        """The workspace of that name, on the server that `Workspace` would ask.

        Raises:
            OrreryError: RESOURCE_DOES_NOT_EXIST, also for a workspace in which one has no role.
        """
        return cls(subscription_id, resource_group, name, auth, **_kept)

    @classmethod
    def create(
        cls,
        name: str,
        auth: Any = None,
        subscription_id: Optional[str] = None,
        resource_group: Optional[str] = None,
        location: Optional[str] = None,
        friendly_name: Optional[str] = None,
        description: Optional[str] = None,
        tags: Optional[Dict[str, str]] = None,
        exist_ok: bool = False,
        url: Optional[str] = None,
        token: Optional[str] = None,
        **_kept: Any,
    ) -> "Workspace":
        """Makes a workspace; only administrators may. `exist_ok=True` gives the one that is there.

        Raises:
            OrreryError: RESOURCE_ALREADY_EXISTS, PERMISSION_DENIED, INVALID_PARAMETER_VALUE for what is no name.
        """
        check_kept(
            "Workspace.create", _kept, (*_OWN, "location", "friendly_name", "description", "tags", "exist_ok")
        )
        core = connect(url, None, _token_of(auth, token)).elsewhere(name)
        message = {
            "name": name,
            "subscription_id": subscription_id,
            "resource_group": resource_group,
            "location": location,
            "friendly_name": friendly_name,
            "description": description,
            "tags": None if tags is None else key_values(tags),
        }
        try:
            made = core.elsewhere("default").orrery("POST", "workspaces", message)["workspace"]
        except OrreryError as error:
            if error.code != "RESOURCE_ALREADY_EXISTS" or not exist_ok:
                raise
            made = _properties(core)
        return cls._of(core, made)

    @classmethod
    def list(
        cls,
        subscription_id: Optional[str] = None,
        auth: Any = None,
        resource_group: Optional[str] = None,
        url: Optional[str] = None,
        token: Optional[str] = None,
        **_kept: Any,
    ) -> Dict[str, List["Workspace"]]:
        """The workspaces in which one has a role, by name, each a list of one as in v1."""
        core = connect(url, None, _token_of(auth, token))
        found = core.orrery("GET", "workspaces", {})["workspaces"]
        return {each["name"]: [cls._of(core.elsewhere(each["name"]), each)] for each in found}

    if not TYPE_CHECKING:  # a checker of types shall go on finding slips

        def __getattr__(self, name: str) -> Any:
            # Only asked for what is not there.
            raise missing("Workspace", name, "experiments, runs and models")

    @property
    def name(self) -> str:
        return str(self._properties["name"])

    @property
    def subscription_id(self) -> str:
        """As given to this object, else as kept by the server."""
        return self._subscription_id or str(self._properties.get("subscription_id", ""))

    @property
    def resource_group(self) -> str:
        """As given to this object, else as kept by the server."""
        return self._resource_group or str(self._properties.get("resource_group", ""))

    @property
    def location(self) -> str:
        return str(self._properties.get("location", ""))

    @property
    def friendly_name(self) -> str:
        return str(self._properties.get("friendly_name", ""))

    @property
    def description(self) -> str:
        return str(self._properties.get("description", ""))

    @property
    def tags(self) -> Dict[str, str]:
        return from_key_values(self._properties.get("tags"))

    @property
    def experiments(self) -> Dict[str, "Experiment"]:
        """The experiments that are not deleted, by name."""
        from orrery.experiment import Experiment

        return {experiment.name: experiment for experiment in Experiment.list(self)}

    @property
    def models(self) -> Dict[str, "Model"]:
        """The newest version of each registered model, by name."""
        from orrery.model import Model

        return {model.name: model for model in Model.list(self, latest=True)}

    def get_mlflow_tracking_uri(self, with_auth: bool = False) -> str:
        """For `mlflow.set_tracking_uri`: a plain http(s) address, which never expires and holds no credential.

        MLflow finds the credential by itself: MLFLOW_TRACKING_TOKEN, or the one of `orrery login`. `with_auth` is
        accepted and changes nothing.
        """
        enable()
        return self._core.tracking_uri

    def get_tracking_credential(self) -> str:
        """A token of at most an hour for MLFLOW_TRACKING_TOKEN of another process; renewed five minutes before its end.

        Runs that it has begun can be finished with it for 30 days.
        """
        return self._core.tracking_credential()

    def get_details(self) -> Dict[str, Any]:
        """Properties with v1's names (`id`, `name`, `friendlyName`, `creationTime` as ISO 8601 in UTC …)."""
        read = self._properties = _properties(self._core)
        archived = read.get("archived_timestamp")
        return {
            "id": read["id"],
            "workspaceid": read["id"],
            "name": read["name"],
            "friendlyName": read["friendly_name"],
            "description": read["description"],
            "location": read["location"],
            "tags": from_key_values(read["tags"]),
            "subscription": self.subscription_id,
            "resourceGroup": self.resource_group,
            "creationTime": iso(read["creation_timestamp"]),
            "lastUpdatedTime": iso(read["last_updated_timestamp"]),
            "createdBy": read["created_by"],
            "archivedTime": iso(archived),
            "provisioningState": "Succeeded",
            "storageAccount": read["default_artifact_root"] or "mlflow-artifacts:/",
            "mlFlowTrackingUri": self._core.tracking_uri,
            "discoveryUrl": f"{self._core.tracking_uri}/openapi.json",
        }

    def update(
        self,
        friendly_name: Optional[str] = None,
        description: Optional[str] = None,
        tags: Optional[Dict[str, str]] = None,
        **_kept: Any,
    ) -> Dict[str, Any]:
        """Changes what is given; `tags` replaces all tags. Returns `get_details()`."""
        check_kept("Workspace.update", _kept, ("friendly_name", "description", "tags"))
        message = {
            "friendly_name": friendly_name,
            "description": description,
            "tags": None if tags is None else key_values(tags),
        }
        self._core.orrery("PATCH", f"workspaces/{segment(self.name, 'The name')}", message)
        return self.get_details()

    def write_config(self, path: Optional[str] = None, file_name: Optional[str] = None) -> None:
        """Writes `.azureml/config.json` below `path`, the working folder if not given; without any credential."""
        folder = pathlib.Path(path or ".") / ".azureml"
        folder.mkdir(parents=True, exist_ok=True)
        fields = {
            "subscription_id": self.subscription_id,
            "resource_group": self.resource_group,
            "workspace_name": self.name,
            "mlflow_tracking_uri": self._core.tracking_uri,
        }
        target = folder / (file_name or "config.json")
        beside = target.with_name(f".{target.name}.new")
        beside.write_text(json.dumps(fields, indent=2) + "\n", encoding="utf-8")
        beside.replace(target)

    def delete(
        self,
        delete_dependent_resources: bool = False,
        no_wait: bool = False,
        reason: Optional[str] = None,
        **_kept: Any,
    ) -> None:
        """Deletes the workspace for good. One that is not empty is refused unless `delete_dependent_resources` is true.

        Raises:
            OrreryError: WORKSPACE_NOT_EMPTY with what would be lost; PERMISSION_DENIED.
        """
        name = segment(self.name, "The name")
        if not delete_dependent_resources:
            losses = self._core.orrery("GET", f"workspaces/{name}/losses", {})["losses"]
            told = [f"{each['count']} {each['what']}" for each in losses if int(each["count"]) > 0]
            if told:
                raise OrreryError(
                    "WORKSPACE_NOT_EMPTY",
                    f"The workspace '{self.name}' is not empty; with it would be lost: {', '.join(told)}.",
                    hint="Pass delete_dependent_resources=True.",
                )
        self._core.orrery("DELETE", f"workspaces/{name}", {"confirm": self.name}, reason=reason)

    def get_portal_url(self) -> str:
        """The page of the workspace."""
        return f"{self._core.tracking_uri}/"

    def __repr__(self) -> str:
        return f"Workspace(name={self.name!r}, url={self._core.url!r})"


def _properties(core: Core) -> Dict[str, Any]:
    try:
        name = segment(core.workspace, "The name of the workspace")
        return dict(core.orrery("GET", f"workspaces/{name}", {})["workspace"])
    except OrreryError as error:
        if error.code != "RESOURCE_DOES_NOT_EXIST":
            raise
        raise OrreryError(
            error.code,
            str(error),
            status=error.status,
            request_id=error.request_id,
            hint=_those_one_has(core),
        ) from None


def _those_one_has(core: Core) -> str:
    try:
        found = core.elsewhere("default").orrery("GET", "workspaces", {})["workspaces"]
    except OrreryError:
        return "Ask an owner of the workspace for a role in it."
    names = ", ".join(each["name"] for each in found)
    return (
        f"You have a role in: {names}." if names else "You have a role in no workspace; ask an owner for one."
    )


def _token_of(auth: Any, token: Optional[str]) -> Optional[str]:
    # Objects such as InteractiveLoginAuthentication stand in code of the seeds; they mean nothing here.
    return token or (auth if isinstance(auth, str) else None)
