"""`Run` of the v1 SDK."""

from __future__ import annotations

import os
import pathlib
import time
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Mapping, Optional

from orrery.core import from_key_values
from orrery.errors import OrreryError
from orrery.files import (
    Download,
    download,
    download_all,
    in_store,
    list_files,
    local_files,
    root_of,
    upload,
    upload_all,
)
from orrery.kept import check_kept
from orrery.metrics import TABLE_TAG, TEXT_TAG, read_metrics
from orrery.run_logging import RunLogging
from orrery.times import iso

if TYPE_CHECKING:
    from orrery.experiment import Experiment
    from orrery.model import Model
    from orrery.workspace import Workspace

STATUSES = {
    "SCHEDULED": "NotStarted",
    "RUNNING": "Running",
    "FINISHED": "Completed",
    "FAILED": "Failed",
    "KILLED": "Canceled",
}
"""MLflow's words and v1's."""
_ENDED = ("Completed", "Failed", "Canceled")
_REGISTER = ("model_name", "model_path", "tags", "properties", "description", "model_framework", "reason")


class Run(RunLogging):
    """A run of an experiment. What it tells of itself is read again by `refresh` and every `get_…`.

    Raises:
        OrreryError: RESOURCE_DOES_NOT_EXIST if there is no such run in the workspace.
    """

    def __init__(self, experiment: "Experiment", run_id: str, **_kept: Any) -> None:
        check_kept("Run", _kept, ("experiment", "run_id"))
        read = experiment._core.mlflow("GET", "runs/get", {"run_id": run_id})["run"]
        self._begin(experiment.workspace, read, experiment)

    def _begin(
        self, workspace: "Workspace", read: Mapping[str, Any], experiment: Optional["Experiment"]
    ) -> None:
        self._workspace, self._core = workspace, workspace._core
        self._read = dict(read)
        self._experiment = experiment
        self._begin_logging()

    @classmethod
    def _of(cls, experiment: "Experiment", read: Mapping[str, Any]) -> "Run":
        run = cls.__new__(cls)
        run._begin(experiment.workspace, read, experiment)
        return run

    @staticmethod
    def get(workspace: "Workspace", run_id: str) -> "Run":
        """The run of that id, deleted ones too."""
        run = Run.__new__(Run)
        run._begin(workspace, workspace._core.mlflow("GET", "runs/get", {"run_id": run_id})["run"], None)
        return run

    @classmethod
    def get_context(cls, allow_offline: bool = True, **_kept: Any) -> "Run":
        """The run of MLFLOW_RUN_ID, at MLFLOW_TRACKING_URI.

        Raises:
            OrreryError: NO_RUN if the variable is not set. v1 gave an offline run that kept nothing.
        """
        from orrery.workspace import Workspace

        run_id = os.environ.get("MLFLOW_RUN_ID")
        if not run_id:
            raise OrreryError(
                "NO_RUN",
                "This process has no run: MLFLOW_RUN_ID is not set.",
                hint="Begin one: experiment.start_logging().",
            )
        return Run.get(Workspace(), run_id)

    @property
    def id(self) -> str:
        return str(self._read["info"]["run_id"])

    @property
    def experiment(self) -> "Experiment":
        if self._experiment is None:
            from orrery.experiment import Experiment

            self._experiment = Experiment._by_id(self._workspace, self._read["info"]["experiment_id"])
        return self._experiment

    @property
    def display_name(self) -> str:
        return str(self._read["info"].get("run_name", ""))

    name = display_name

    @property
    def status(self) -> str:
        """As it was read last."""
        return STATUSES.get(self._read["info"]["status"], "Unknown")

    @property
    def tags(self) -> Dict[str, str]:
        """As they were read last; those that MLflow sets are `properties`."""
        hidden = ("mlflow.", TABLE_TAG, TEXT_TAG)
        return {key: value for key, value in self._all_tags().items() if not key.startswith(hidden)}

    @property
    def properties(self) -> Dict[str, str]:
        """What MLflow tells of the run: source, user, git commit."""
        return {key: value for key, value in self._all_tags().items() if key.startswith("mlflow.")}

    @property
    def parent(self) -> Optional["Run"]:
        found = self._all_tags().get("mlflow.parentRunId")
        return None if found is None else Run.get(self._workspace, found)

    def refresh(self) -> None:
        """Reads the run anew."""
        self._read = dict(self._core.mlflow("GET", "runs/get", {"run_id": self.id})["run"])

    def get_metrics(self, name: Optional[str] = None, **_kept: Any) -> Dict[str, Any]:
        """Values by name: the one that was logged, or the list of all, in order, where there were several.

        What `log_row` and `log_table` logged is a dictionary of columns. NaN is kept; infinities come back as the
        largest numbers, as in MLflow.
        """
        check_kept("Run.get_metrics", _kept, ("name",))
        self.refresh()
        return read_metrics(self._core, self._read, name)

    def get_details(self) -> Dict[str, Any]:
        """`runId`, `status` (v1's words), `startTimeUtc`, `endTimeUtc` (ISO 8601), `properties`, `inputDatasets` …"""
        self.refresh()
        info, inputs = self._read["info"], self._read.get("inputs", {})
        datasets = [each.get("dataset", {}) for each in inputs.get("dataset_inputs", [])]
        return {
            "runId": self.id,
            "displayName": self.display_name,
            "experimentId": info["experiment_id"],
            "target": "local",
            "status": self.status,
            "startTimeUtc": iso(info.get("start_time")),
            "endTimeUtc": iso(info.get("end_time")),
            "services": {},
            "properties": self.properties,
            "tags": self.tags,
            "inputDatasets": [
                {"dataset": each, "consumptionDetails": {"type": "Reference"}} for each in datasets
            ],
            "outputDatasets": [],
            "runDefinition": {"parameters": self.get_parameters(refresh=False)},
            "logFiles": {},
            "submittedBy": info.get("user_id") or self._all_tags().get("mlflow.user", ""),
        }

    def get_status(self) -> str:
        """NotStarted, Running, Completed, Failed or Canceled."""
        self.refresh()
        return self.status

    def get_tags(self) -> Dict[str, str]:
        self.refresh()
        return self.tags

    def get_properties(self) -> Dict[str, str]:
        self.refresh()
        return self.properties

    def get_parameters(self, refresh: bool = True) -> Dict[str, str]:
        """MLflow's params; v1 had no word for them."""
        if refresh:
            self.refresh()
        return from_key_values(self._read.get("data", {}).get("params"))

    def get_children(self, recursive: bool = False, **_kept: Any) -> Iterator["Run"]:
        """The runs within this one."""
        for run in self.experiment.get_runs(
            properties={"mlflow.parentRunId": self.id}, include_children=True
        ):
            yield run
            if recursive:
                yield from run.get_children(recursive=True)

    def get_file_names(self) -> List[str]:
        """Paths of all files, relative to the run."""
        return sorted(file.path for file in list_files(self._core, self._root()))

    def download_file(
        self,
        name: str,
        output_file_path: Optional[str] = None,
        _validate_checksum: bool = False,
        **_kept: Any,
    ) -> None:
        """Downloads a file to `output_file_path`, a file or a folder; into the working folder if not given."""
        check_kept("Run.download_file", _kept, ("name", "output_file_path"))
        last = name.rsplit("/", 1)[-1]
        target = pathlib.Path(output_file_path or last)
        if target.is_dir() or str(output_file_path or "").endswith(("/", os.sep)):
            target = target / last
        download(self._core, Download(in_store(self._root(), name), name), target)

    def download_files(
        self,
        prefix: Optional[str] = None,
        output_directory: Optional[str] = None,
        output_paths: Optional[List[str]] = None,
        batch_size: int = 100,
        append_prefix: bool = True,
        **_kept: Any,
    ) -> None:
        """Downloads the files of a folder, all if not given, below `output_directory`.

        Args:
            prefix: A folder of the run; a file is fetched too.
            output_paths: A path for each file, in the order of `get_file_names`.
            append_prefix: False leaves `prefix` out of the paths.
        """
        check_kept(
            "Run.download_files", _kept, ("prefix", "output_directory", "output_paths", "append_prefix")
        )
        root, folder = self._root(), (prefix or "").strip("/")
        names = [
            name
            for name in self.get_file_names()
            if not folder or name == folder or name.startswith(f"{folder}/")
        ]
        if not names and folder:
            raise OrreryError("RESOURCE_DOES_NOT_EXIST", f"Run {self.id} has no files in '{folder}'.")
        target = pathlib.Path(output_directory or ".")
        if output_paths is not None:
            for name, path in zip(names, output_paths):
                download(self._core, Download(in_store(root, name), name), target / path)
            return
        cut = len(folder) + 1 if folder and not append_prefix else 0
        wanted = [Download(in_store(root, name), name[cut:] or name.rsplit("/", 1)[-1]) for name in names]
        download_all(self._core, wanted, target)

    def upload_file(self, name: str, path_or_stream: Any, **_kept: Any) -> None:
        """Stores a file under a path of the run, whole or not at all; one that is there is replaced."""
        check_kept("Run.upload_file", _kept, ("name", "path_or_stream"))
        upload(self._core, self._root(), name, path_or_stream)

    def upload_folder(self, name: str, path: str, **_kept: Any) -> None:
        """Stores all files below a local folder under a folder of the run, several at a time."""
        check_kept("Run.upload_folder", _kept, ("name", "path"))
        folder = pathlib.Path(path)
        if not folder.is_dir():
            raise OrreryError("INVALID_PARAMETER_VALUE", f"path is '{path}', which is no folder.")
        prefix = name.strip("/")
        below = [(f"{prefix}/{name_}" if prefix else name_, file) for name_, file in local_files(folder)]
        upload_all(self._core, self._root(), below)

    def register_model(
        self,
        model_name: str,
        model_path: Optional[str] = None,
        tags: Optional[Dict[str, str]] = None,
        properties: Optional[Dict[str, str]] = None,
        model_framework: Optional[str] = None,
        model_framework_version: Optional[str] = None,
        description: Optional[str] = None,
        reason: Optional[str] = None,
        **_kept: Any,
    ) -> "Model":
        """Registers a folder or file of the run as the next version; `model_path` is `model_name` if not given.

        The folder's `MLmodel`, `model.pkl` and `conda.yaml` are registered with it, and so is a model that MLflow 3
        logged under that name. Tags of the version tell run, experiment and flavours.

        Raises:
            OrreryError: RESOURCE_DOES_NOT_EXIST if the run has no such path.
        """
        from orrery.model import Model, told_tags

        check_kept("Run.register_model", _kept, _REGISTER)
        message = {
            "name": model_name,
            "run_id": self.id,
            "path": (model_path or model_name).strip("/"),
            "tags": told_tags(tags, properties, model_framework, model_framework_version),
            "description": description,
        }
        made = self._core.orrery("POST", "registry/register", message, reason=reason)
        return Model._of(self._workspace, made)

    def wait_for_completion(
        self,
        show_output: bool = False,
        wait_post_processing: bool = False,
        raise_on_error: bool = True,
        timeout: Optional[float] = None,
    ) -> Dict[str, Any]:
        """Returns `get_details()` when the run has ended.

        Args:
            show_output: Prints the status when it changes.
            timeout: Seconds; None waits for ever.

        Raises:
            OrreryError: RUN_FAILED if it failed; TIMED_OUT.
        """
        begun, pause, shown = time.monotonic(), 0.2, ""
        while True:
            status = self.get_status()
            if show_output and status != shown:
                print(f"{self.id}: {status}", flush=True)
                shown = status
            if status in _ENDED:
                break
            if timeout is not None and time.monotonic() - begun > timeout:
                raise OrreryError("TIMED_OUT", f"Run {self.id} is {status} after {timeout:g} s.")
            self._core.pause(pause)
            pause = min(5.0, pause * 1.5)
        if status == "Failed" and raise_on_error:
            why = self._all_tags().get("orrery.error", "")
            raise OrreryError("RUN_FAILED", f"Run {self.id} failed.{f' {why}' if why else ''}")
        return self.get_details()

    def delete(self, reason: Optional[str] = None) -> None:
        """Puts the run aside; `restore` brings it back. v1 had no word for it."""
        self._core.mlflow("POST", "runs/delete", {"run_id": self.id}, reason=reason)

    def restore(self) -> None:
        """Brings a deleted run back."""
        self._core.mlflow("POST", "runs/restore", {"run_id": self.id})

    def get_portal_url(self) -> str:
        """The page of the run, the address that MLflow's client prints too."""
        return f"{self._workspace.get_portal_url()}#/experiments/{self._read['info']['experiment_id']}/runs/{self.id}"

    def _root(self) -> str:
        return root_of(self._read["info"]["artifact_uri"])

    def _all_tags(self) -> Dict[str, str]:
        return from_key_values(self._read.get("data", {}).get("tags"))

    def __repr__(self) -> str:
        return f"Run(id={self.id!r}, status={self.status!r})"
