"""`MLClient` of the v2 SDK, over the classes of v1."""

from __future__ import annotations

import pathlib
import re
from typing import TYPE_CHECKING, Any, Generic, Iterator, List, Optional, TypeVar

from orrery import entities
from orrery.core import key_values, segment
from orrery.errors import OrreryError, invalid
from orrery.kept import check_kept
from orrery.not_yet import missing
from orrery.settings import connect, find_config, server_of_file

# Of v1: the names without beginning are entities of v2 here.
from orrery.experiment import Experiment, quoted  # isort: skip
from orrery.files import Download, download_all, in_store, list_files, root_of  # isort: skip
from orrery.model import Model as Version  # isort: skip
from orrery.run import Run  # isort: skip
from orrery.workspace import Workspace as Place, _properties  # isort: skip

Result = TypeVar("Result")
_JOB_PATHS = (
    re.compile(r"^runs:/(?P<run>[^/]+)/(?P<path>.+)$"),
    re.compile(r"^azureml://jobs/(?P<run>[^/]+)/outputs/[^/]+/paths/(?P<path>.+)$"),
)


class Poller(Generic[Result]):
    """What `begin_…` gives. Here everything is done when it returns."""

    def __init__(self, result: Result) -> None:
        self._result = result

    def result(self, timeout: Optional[float] = None) -> Result:
        return self._result

    def wait(self, timeout: Optional[float] = None) -> None:
        """Returns at once."""

    def done(self) -> bool:
        return True

    def status(self) -> str:
        return "Succeeded"


class MLClient:
    """`MLClient(credential, subscription_id, resource_group_name, workspace_name)`; only the name is needed.

    `workspaces`, `models` and `jobs` have `get`, `list`, `create_or_update`, `begin_delete` … as v2 has them.

    Args:
        credential: A token as text, or an object of azure-identity, which is accepted and not asked.
        url: Address of the server; else as for `Workspace`.
    """

    def __init__(
        self,
        credential: Any = None,
        subscription_id: Optional[str] = None,
        resource_group_name: Optional[str] = None,
        workspace_name: Optional[str] = None,
        *,
        url: Optional[str] = None,
        **_kept: Any,
    ) -> None:
        check_kept(
            "MLClient",
            _kept,
            ("credential", "subscription_id", "resource_group_name", "workspace_name", "url"),
        )
        token = credential if isinstance(credential, str) else None
        self._begin(connect(url, workspace_name, token), subscription_id, resource_group_name)

    def _begin(self, core: Any, subscription_id: Optional[str], resource_group: Optional[str]) -> None:
        self._core = core
        self.subscription_id = subscription_id
        self.resource_group_name = resource_group
        self.workspaces = WorkspaceOperations(self)
        self.models = ModelOperations(self)
        self.jobs = JobOperations(self)

    @classmethod
    def from_config(
        cls,
        credential: Any = None,
        *,
        path: Optional[str] = None,
        file_name: Optional[str] = None,
        **_kept: Any,
    ) -> "MLClient":
        """Finds `config.json` as `Workspace.from_config` does. Raises as that does, but asks the server nothing yet."""
        fields = find_config(path, file_name).fields
        client = cls.__new__(cls)
        token = credential if isinstance(credential, str) else None
        core = connect(None, fields.get("workspace_name"), token, of_file=server_of_file(fields))
        client._begin(core, fields.get("subscription_id"), fields.get("resource_group"))
        return client

    if not TYPE_CHECKING:  # a checker of types shall go on finding slips

        def __getattr__(self, name: str) -> Any:
            # Only asked for what is not there.
            raise missing("MLClient", name, "workspaces, models and jobs")

    @property
    def workspace_name(self) -> str:
        return str(self._core.workspace)

    def create_or_update(self, entity: Any, **_kept: Any) -> Any:
        """Registers an `entities.Model`, or makes or changes an `entities.Workspace`."""
        if isinstance(entity, entities.Model):
            return self.models.create_or_update(entity)
        if isinstance(entity, entities.Workspace):
            return self.workspaces.begin_create(entity).result()
        raise OrreryError(
            "NOT_YET", f"This version makes models and workspaces, not {type(entity).__name__}."
        )

    def _place(self) -> Place:
        return Place._of(
            self._core, {"name": self._core.workspace}, self.subscription_id, self.resource_group_name
        )


class WorkspaceOperations:
    """`ml_client.workspaces`."""

    def __init__(self, client: MLClient) -> None:
        self._client, self._core = client, client._core

    def get(self, name: Optional[str] = None, **_kept: Any) -> entities.Workspace:
        """The workspace of that name; that of the client if not given."""
        core = self._core.elsewhere(name or self._core.workspace)
        return entities.Workspace._read(_properties(core), core.tracking_uri)

    def list(self, **_kept: Any) -> Iterator[entities.Workspace]:
        """Those in which one has a role, by name."""
        for told in self._core.orrery("GET", "workspaces", {})["workspaces"]:
            yield entities.Workspace._read(told, self._core.elsewhere(told["name"]).tracking_uri)

    def begin_create(self, workspace: entities.Workspace, **_kept: Any) -> Poller[entities.Workspace]:
        """Makes it, or changes the one that is there; only administrators make one."""
        message = _fields(workspace)
        try:
            self._core.elsewhere("default").orrery("POST", "workspaces", {"name": workspace.name, **message})
        except OrreryError as error:
            if error.code != "RESOURCE_ALREADY_EXISTS":
                raise
            return self.begin_update(workspace)
        return Poller(self.get(workspace.name))

    def begin_update(self, workspace: entities.Workspace, **_kept: Any) -> Poller[entities.Workspace]:
        """Changes what is not None; tags are replaced."""
        core = self._core.elsewhere(workspace.name)
        core.orrery("PATCH", f"workspaces/{segment(workspace.name, 'The name')}", _fields(workspace))
        return Poller(self.get(workspace.name))

    def begin_delete(
        self,
        name: str,
        *,
        delete_dependent_resources: bool = False,
        permanently_delete: bool = False,
        **_kept: Any,
    ) -> Poller[None]:
        """Deletes it for good. Raises WORKSPACE_NOT_EMPTY unless `delete_dependent_resources` is true."""
        core = self._core.elsewhere(name)
        Place._of(core, {"name": name}).delete(delete_dependent_resources)
        return Poller(None)

    def get_keys(self, name: Optional[str] = None) -> entities.WorkspaceKeys:
        """A credential of at most an hour, which administers nothing."""
        from orrery.times import moment

        core = self._core.elsewhere(name or self._core.workspace)
        made = core.orrery("POST", "tracking-credentials", {})
        return entities.WorkspaceKeys(core.tracking_uri, made["token"], moment(made["expiration_timestamp"]))


class ModelOperations:
    """`ml_client.models`."""

    def __init__(self, client: MLClient) -> None:
        self._client, self._core = client, client._core

    def get(
        self, name: str, version: Any = None, label: Optional[str] = None, **_kept: Any
    ) -> entities.Model:
        """A version by its number, or by a label: `latest` or an alias."""
        if version is None and label is None:
            raise invalid("Give version or label.", "label='latest' is the newest.")
        found = Version(self._client._place(), name, version=version if version is not None else f"@{label}")
        return _entity(found)

    def list(
        self, name: Optional[str] = None, *, stage: Optional[str] = None, **_kept: Any
    ) -> Iterator[entities.Model]:
        """The versions of a model; without a name the newest of each. Archived ones only with `stage="Archived"`."""
        for found in Version.list(self._client._place(), name, latest=name is None):
            if found.stage == stage or (stage is None and found.stage != "Archived"):
                yield _entity(found)

    def create_or_update(self, model: entities.Model, **_kept: Any) -> entities.Model:
        """Registers what is at `model.path` as the next version; with `model.version` changes that one."""
        if not model.name:
            raise invalid("A model needs a name.")
        place = self._client._place()
        if model.version is not None:
            known = Version(place, model.name, version=model.version)
            known.update(tags=model.tags, description=model.description)
            return _entity(known)
        if model.path is None:
            raise invalid(
                f"The model '{model.name}' needs a path.", "A local path, or runs:/<run id>/<path>."
            )
        given: Any = {"tags": model.tags, "properties": model.properties, "description": model.description}
        for form in _JOB_PATHS:
            found = form.match(str(model.path))
            if found is not None:
                run = Run.get(place, found.group("run"))
                return _entity(run.register_model(model.name, found.group("path"), **given))
        return _entity(Version.register(place, str(model.path), model.name, **given))

    def archive(self, name: str, version: Any = None, label: Optional[str] = None, **_kept: Any) -> None:
        """Moves a version to the stage Archived; `list` leaves it out."""
        self._move(name, version, label, "Archived")

    def restore(self, name: str, version: Any = None, label: Optional[str] = None, **_kept: Any) -> None:
        """Moves an archived version to the stage None."""
        self._move(name, version, label, "None")

    def download(self, name: str, version: Any, download_path: Any = ".", **_kept: Any) -> None:
        """Writes the files below `download_path`, in a folder of the name."""
        found = Version(self._client._place(), name, version=version)
        download_all(self._core, found._files(), pathlib.Path(download_path) / name)

    def _move(self, name: str, version: Any, label: Optional[str], stage: str) -> None:
        number = self.get(name, version, label).version
        message = {"name": name, "version": number, "stage": stage}
        self._core.mlflow("POST", "model-versions/transition-stage", message)


class JobOperations:
    """`ml_client.jobs`: runs. Nothing is submitted yet."""

    def __init__(self, client: MLClient) -> None:
        self._client, self._core = client, client._core

    def get(self, name: str, **_kept: Any) -> entities.Job:
        """A run by its id."""
        return _job(Run.get(self._client._place(), name))

    def list(
        self, *, parent_job_name: Optional[str] = None, experiment_name: Optional[str] = None, **_kept: Any
    ) -> Iterator[entities.Job]:
        """The newest first; within a run with `parent_job_name`."""
        place = self._client._place()
        experiments: List[Experiment] = Experiment.list(place, experiment_name)
        by_id = {each.id: each for each in experiments}
        if not by_id:
            return
        terms = [f"tags.`mlflow.parentRunId` = {quoted(parent_job_name)}"] if parent_job_name else []
        message = {
            "experiment_ids": list_(by_id),
            "filter": " AND ".join(terms),
            "order_by": ["attributes.start_time DESC"],
            "max_results": 100,
        }
        for told in self._core.pages("POST", "runs/search", message, "runs"):
            yield _job(Run._of(by_id[told["info"]["experiment_id"]], told))

    def create_or_update(self, job: Any, **_kept: Any) -> Any:
        """Not yet: raises NOT_YET with what does the same today."""
        return Experiment.submit(None, job)  # type: ignore[arg-type]

    def stream(self, name: str, **_kept: Any) -> None:
        """Waits until the run has ended and prints its status when it changes. Raises RUN_FAILED."""
        Run.get(self._client._place(), name).wait_for_completion(show_output=True)

    def begin_cancel(self, name: str, **_kept: Any) -> Poller[None]:
        """Marks the run as canceled. It does not end the process that logs to it."""
        Run.get(self._client._place(), name).cancel()
        return Poller(None)

    def archive(self, name: str, **_kept: Any) -> None:
        """Deletes the run; `restore` brings it back."""
        Run.get(self._client._place(), name).delete()

    def restore(self, name: str, **_kept: Any) -> None:
        Run.get(self._client._place(), name).restore()

    def download(
        self, name: str, *, download_path: Any = ".", output_name: Any = None, all: bool = False
    ) -> None:
        """Writes the files of the run below `download_path`/artifacts."""
        root = root_of(Run.get(self._client._place(), name)._read["info"]["artifact_uri"])
        files = [Download(in_store(root, file.path), file.path) for file in list_files(self._core, root)]
        download_all(self._core, files, pathlib.Path(download_path) / "artifacts")


list_ = list  # the classes have a method of that name


def _fields(workspace: entities.Workspace) -> "dict[str, Any]":
    return {
        "friendly_name": workspace.display_name,
        "description": workspace.description,
        "tags": None if workspace.tags is None else key_values(workspace.tags),
        "location": workspace.location,
        "resource_group": workspace.resource_group,
    }


def _entity(found: Version) -> entities.Model:
    read = found._read
    model = entities.Model(
        name=found.name,
        version=str(found.version),
        type=read.get("type"),
        path=found.url,
        description=found.description,
        tags=found.tags,
        properties=found.properties,
        stage=found.stage,
    )
    model.id, model.job_name = found.id, found.run_id
    model.creation_context = entities.SystemData(str(read.get("user_id", "")), found.created_time)
    return model


def _job(run: Run) -> entities.Job:
    return entities.Job(run._read, run.experiment.name, run.get_portal_url())
