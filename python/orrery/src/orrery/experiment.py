"""`Experiment` of the v1 SDK."""

from __future__ import annotations

import getpass
import time
from typing import Any, Dict, Iterator, List, Mapping, Optional, Union

from orrery.core import from_key_values, key_values
from orrery.errors import OrreryError, invalid
from orrery.kept import check_kept
from orrery.run import Run
from orrery.workspace import Workspace

_OWN = ("workspace", "name")


class Experiment:
    """An experiment by name; made if there is none (`_create_in_cloud=False` leaves it).

    Args:
        workspace: A workspace, or, as in the seeds, its name.

    Raises:
        OrreryError: RESOURCE_DOES_NOT_EXIST where it is not to be made; INVALID_STATE for a deleted one.
    """

    def __init__(self, workspace: Union[Workspace, str], name: str, **_kept: Any) -> None:
        check_kept("Experiment", _kept, _OWN)
        self.workspace = Workspace.get(workspace) if isinstance(workspace, str) else workspace
        if not isinstance(self.workspace, Workspace):
            raise invalid(f"workspace is {workspace!r}; it must be a Workspace or the name of one.")
        self._core = self.workspace._core
        self._info = self._find_or_make(name, bool(_kept.get("_create_in_cloud", True)))

    @classmethod
    def _of(cls, workspace: Workspace, info: Mapping[str, Any]) -> "Experiment":
        experiment = cls.__new__(cls)
        experiment.workspace, experiment._core, experiment._info = workspace, workspace._core, dict(info)
        return experiment

    @classmethod
    def _by_id(cls, workspace: Workspace, experiment_id: str) -> "Experiment":
        read = workspace._core.mlflow("GET", "experiments/get", {"experiment_id": experiment_id})
        return cls._of(workspace, read["experiment"])

    @staticmethod
    def list(
        workspace: Workspace, experiment_name: Optional[str] = None, tags: Any = None
    ) -> List["Experiment"]:
        """The experiments that are not deleted; `tags` is a name, or a dictionary of names and values."""
        filters = [] if experiment_name is None else [f"name = {quoted(experiment_name)}"]
        message = {"filter": " AND ".join(filters + tag_filters(tags)), "max_results": 1000}
        found = workspace._core.pages("POST", "experiments/search", message, "experiments")
        return [Experiment._of(workspace, info) for info in found if _has_names(info.get("tags"), tags)]

    @property
    def id(self) -> str:
        return str(self._info["experiment_id"])

    @property
    def name(self) -> str:
        return str(self._info["name"])

    @property
    def tags(self) -> Dict[str, str]:
        return from_key_values(self._info.get("tags"))

    def get_runs(
        self,
        type: Optional[str] = None,
        tags: Any = None,
        properties: Optional[Dict[str, str]] = None,
        include_children: bool = False,
    ) -> Iterator[Run]:
        """The newest first, page by page; runs within others only with `include_children`.

        Args:
            type: Accepted; all runs here are of one type.
            tags: A name, or names and values.
            properties: Names and values; properties are tags that MLflow sets.
        """
        message = {
            "experiment_ids": [self.id],
            "filter": " AND ".join(tag_filters(tags) + tag_filters(properties)),
            "order_by": ["attributes.start_time DESC"],
            "max_results": 100,
        }
        for found in self._core.pages("POST", "runs/search", message, "runs"):
            told = found.get("data", {}).get("tags")
            is_child = "mlflow.parentRunId" in from_key_values(told)
            if _has_names(told, tags) and (include_children or not is_child):
                yield Run._of(self, found)

    def start_logging(self, *args: Any, **kwargs: Any) -> Run:
        """A new, running run. `display_name` names it; `outputs`, `snapshot_directory` are accepted and unused."""
        return self._start(kwargs.get("display_name") or kwargs.get("run_name"), {})

    def submit(self, config: Any, tags: Optional[Dict[str, str]] = None, **_kept: Any) -> Run:
        """Not yet: this version has no jobs.

        Raises:
            OrreryError: NOT_YET, with what does the same today.
        """
        raise OrreryError(
            "NOT_YET",
            "This version runs no jobs.",
            hint="Run the script itself, with MLFLOW_TRACKING_URI=ws.get_mlflow_tracking_uri(): it is tracked alike.",
        )

    def set_tags(self, tags: Mapping[str, str]) -> None:
        """Sets tags; others stay."""
        for key, value in tags.items():
            message = {"experiment_id": self.id, "key": key, "value": str(value)}
            self._core.mlflow("POST", "experiments/set-experiment-tag", message)
        self.refresh()

    def remove_tags(self, tags: List[str]) -> None:
        """Removes tags by name."""
        for key in tags:
            self._core.mlflow(
                "POST", "experiments/delete-experiment-tag", {"experiment_id": self.id, "key": key}
            )
        self.refresh()

    def refresh(self) -> None:
        """Reads the experiment anew."""
        self._info = Experiment._by_id(self.workspace, self.id)._info

    def delete(self, reason: Optional[str] = None) -> None:
        """Puts the experiment and its runs aside; `restore` brings them back."""
        self._core.mlflow("POST", "experiments/delete", {"experiment_id": self.id}, reason=reason)

    def restore(self) -> None:
        """Brings a deleted experiment back."""
        self._core.mlflow("POST", "experiments/restore", {"experiment_id": self.id})

    def get_portal_url(self) -> str:
        """The page of the experiment."""
        return f"{self.workspace.get_portal_url()}#/experiments/{self.id}"

    def _start(self, display_name: Optional[str], tags: Mapping[str, str]) -> Run:
        message = {
            "experiment_id": self.id,
            "start_time": int(time.time() * 1000),
            "run_name": display_name,
            "user_id": _user(),
            "tags": key_values({"mlflow.user": _user(), **tags}),
        }
        return Run._of(self, self._core.mlflow("POST", "runs/create", message)["run"])

    def _find_or_make(self, name: str, may_make: bool) -> Dict[str, Any]:
        try:
            return self._by_name(name)
        except OrreryError as error:
            if error.code != "RESOURCE_DOES_NOT_EXIST" or not may_make:
                raise
        try:
            made = self._core.mlflow("POST", "experiments/create", {"name": name})
        except OrreryError as error:
            # Somebody else made it in between.
            if error.code != "RESOURCE_ALREADY_EXISTS":
                raise
            return self._by_name(name)
        return dict(self._core.mlflow("GET", "experiments/get", made)["experiment"])

    def _by_name(self, name: str) -> Dict[str, Any]:
        found = self._core.mlflow("GET", "experiments/get-by-name", {"experiment_name": name})["experiment"]
        if found["lifecycle_stage"] == "deleted":
            raise OrreryError(
                "INVALID_STATE",
                f"The experiment '{name}' is deleted.",
                hint="Restore it, or take another name.",
            )
        return dict(found)

    def __repr__(self) -> str:
        return f"Experiment(name={self.name!r}, workspace={self.workspace.name!r})"


def quoted(value: str) -> str:
    """A text of MLflow's filter language, which has two quotation marks and no escape."""
    if "'" not in value:
        return f"'{value}'"
    if '"' not in value:
        return f'"{value}"'
    raise invalid(f"{value!r} has both quotation marks in it, which no filter can say.")


def tag_filters(tags: Any) -> List[str]:
    """Names and values as terms of a filter; a name alone is looked for by the caller."""
    if not isinstance(tags, Mapping):
        return []
    return [f"tags.`{key}` = {quoted(str(value))}" for key, value in tags.items()]


def _has_names(told: Any, tags: Any) -> bool:
    names = [tags] if isinstance(tags, str) else list(tags) if isinstance(tags, (list, tuple, set)) else []
    return all(name in from_key_values(told) for name in names)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return "unknown"
