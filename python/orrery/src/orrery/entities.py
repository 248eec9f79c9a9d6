"""Entities of the v2 SDK, as `azure.ai.ml.entities` has them."""

from __future__ import annotations

import datetime
from typing import Any, Dict, Mapping, Optional

from orrery.core import from_key_values
from orrery.times import moment


class SystemData:
    """When and by whom a thing was made and changed; times in UTC."""

    def __init__(
        self,
        created_by: str = "",
        created_at: Optional[datetime.datetime] = None,
        last_modified_at: Optional[datetime.datetime] = None,
    ) -> None:
        self.created_by = created_by
        self.created_at = created_at
        self.last_modified_at = last_modified_at


class Workspace:
    """A workspace; what is None is left as it is by `begin_update`."""

    def __init__(
        self,
        *,
        name: str,
        display_name: Optional[str] = None,
        description: Optional[str] = None,
        tags: Optional[Dict[str, str]] = None,
        location: Optional[str] = None,
        resource_group: Optional[str] = None,
        **_kept: Any,
    ) -> None:
        self.name = name
        self.display_name = display_name
        self.description = description
        self.tags = tags
        self.location = location
        self.resource_group = resource_group
        self.id: Optional[str] = None
        self.mlflow_tracking_uri: Optional[str] = None
        self.creation_context = SystemData()

    @classmethod
    def _read(cls, told: Mapping[str, Any], tracking_uri: str) -> "Workspace":
        read = cls(
            name=told["name"],
            display_name=told["friendly_name"],
            description=told["description"],
            tags=from_key_values(told["tags"]),
            location=told["location"],
            resource_group=told["resource_group"],
        )
        read.id, read.mlflow_tracking_uri = told["id"], tracking_uri
        made, changed = moment(told["creation_timestamp"]), moment(told["last_updated_timestamp"])
        read.creation_context = SystemData(told["created_by"], made, changed)
        return read

    def __repr__(self) -> str:
        return f"Workspace(name={self.name!r})"


class WorkspaceKeys:
    """What `az ml workspace list-keys` is for: a credential of at most an hour."""

    def __init__(self, mlflow_tracking_uri: str, token: str, expires_at: datetime.datetime) -> None:
        self.mlflow_tracking_uri = mlflow_tracking_uri
        self.token = token
        self.expires_at = expires_at


class Model:
    """A version of a registered model.

    Args:
        path: A local file or folder; or `runs:/<run id>/<path>` or
            `azureml://jobs/<run id>/outputs/artifacts/paths/<path>`.
        type: `mlflow_model` or `custom_model`; found out from the files if not given.
    """

    def __init__(
        self,
        *,
        name: Optional[str] = None,
        version: Optional[str] = None,
        type: Optional[str] = None,
        path: Any = None,
        description: Optional[str] = None,
        tags: Optional[Dict[str, str]] = None,
        properties: Optional[Dict[str, str]] = None,
        stage: Optional[str] = None,
        **_kept: Any,
    ) -> None:
        self.name = name
        self.version = version
        self.type = type
        self.path = path
        self.description = description
        self.tags = dict(tags or {})
        self.properties = dict(properties or {})
        self.stage = stage
        self.id: Optional[str] = None
        self.job_name: Optional[str] = None
        self.creation_context = SystemData()

    def __repr__(self) -> str:
        return f"Model(name={self.name!r}, version={self.version!r})"


class Job:
    """A run, in v2's words."""

    def __init__(self, told: Mapping[str, Any], experiment_name: str, studio_url: str) -> None:
        from orrery.run import STATUSES

        info, data = told["info"], told.get("data", {})
        all_tags = from_key_values(data.get("tags"))
        self.name = str(info["run_id"])
        self.id = self.name
        self.display_name = str(info.get("run_name", ""))
        self.experiment_name = experiment_name
        self.status = STATUSES.get(info["status"], "Unknown")
        self.type = "command"
        self.tags = {key: value for key, value in all_tags.items() if not key.startswith("mlflow.")}
        self.properties = {key: value for key, value in all_tags.items() if key.startswith("mlflow.")}
        self.inputs = from_key_values(data.get("params"))
        self.studio_url = studio_url
        begun = info.get("start_time")
        by = str(info.get("user_id") or all_tags.get("mlflow.user", ""))
        self.creation_context = SystemData(by, moment(begun) if begun else None)

    def __repr__(self) -> str:
        return f"Job(name={self.name!r}, status={self.status!r})"
