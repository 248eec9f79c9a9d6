"""`Model` of the v1 SDK."""

from __future__ import annotations

import datetime
import pathlib
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, Optional, Sequence
from urllib.parse import quote

from orrery.core import from_key_values, key_values, segment
from orrery.errors import OrreryError, invalid
from orrery.experiment import quoted
from orrery.files import Download, download, download_all, local_files, root_of, upload_all
from orrery.kept import check_kept
from orrery.times import moment
from orrery.workspace import Workspace

if TYPE_CHECKING:
    from orrery.run import Run

PROPERTY_TAG = "property."
"""v1's properties are kept as tags of this beginning."""
_REGISTER = (
    "workspace",
    "model_path",
    "model_name",
    "tags",
    "properties",
    "description",
    "model_framework",
    "reason",
)


class Model:
    """A version of a registered model; the newest if none is named.

    Args:
        name: Of the registered model; or `id`, as `NAME:VERSION`.
        version: Its number, or the text `latest`, or an alias as `@champion`.

    Raises:
        OrreryError: RESOURCE_DOES_NOT_EXIST.
    """

    def __init__(
        self,
        workspace: Workspace,
        name: Optional[str] = None,
        id: Optional[str] = None,
        tags: Any = None,
        properties: Any = None,
        version: Any = None,
        run_id: Optional[str] = None,
        **_kept: Any,
    ) -> None:
        check_kept("Model", _kept, ("workspace", "name", "id", "tags", "properties", "version"))
        if id is not None:
            name, _, number = id.rpartition(":")
            version = number
        if not name:
            raise invalid("Give the name of a model, or its id as NAME:VERSION.")
        if tags is not None or properties is not None or run_id is not None:
            found = Model.list(workspace, name, tags=tags, properties=properties, run_id=run_id, latest=True)
            if not found:
                raise OrreryError(
                    "RESOURCE_DOES_NOT_EXIST", f"The model '{name}' has no version with these tags."
                )
            number = str(found[0].version)
        else:
            number = _number_of(workspace, name, version)
        self._begin(workspace, _describe(workspace, name, number))

    def _begin(self, workspace: Workspace, read: Mapping[str, Any]) -> None:
        self.workspace, self._core, self._read = workspace, workspace._core, dict(read)

    @classmethod
    def _of(cls, workspace: Workspace, read: Mapping[str, Any]) -> "Model":
        model = cls.__new__(cls)
        model._begin(workspace, read)
        return model

    @staticmethod
    def register(
        workspace: Workspace,
        model_path: str,
        model_name: str,
        tags: Optional[Dict[str, str]] = None,
        properties: Optional[Dict[str, str]] = None,
        description: Optional[str] = None,
        datasets: Any = None,
        model_framework: Optional[str] = None,
        model_framework_version: Optional[str] = None,
        reason: Optional[str] = None,
        **_kept: Any,
    ) -> "Model":
        """Uploads a local file or folder and registers it as the next version.

        The files become a logged model of the Default experiment, which the version refers to. A folder with `MLmodel`
        in it is an MLflow model, anything else a custom one.

        Raises:
            OrreryError: INVALID_PARAMETER_VALUE if there is nothing at `model_path`.
        """
        check_kept("Model.register", _kept, _REGISTER)
        place = pathlib.Path(model_path)
        files = [(place.name, place)] if place.is_file() else local_files(place)
        if not files:
            raise invalid(f"model_path is '{model_path}', where there is no file and no folder with files.")
        core = workspace._core
        logged = core.mlflow(
            "POST", "logged-models", {"experiment_id": "0", "name": _logged_name(model_name)}
        )
        model_id = logged["model"]["info"]["model_id"]
        status = "LOGGED_MODEL_UPLOAD_FAILED"
        try:
            upload_all(core, root_of(logged["model"]["info"]["artifact_uri"]), files)
            status = "LOGGED_MODEL_READY"
        finally:
            finalized = {"model_id": model_id, "status": status}
            core.mlflow("PATCH", f"logged-models/{segment(model_id, 'model_id')}", finalized)
        message = {
            "name": model_name,
            "model_id": model_id,
            "tags": told_tags(tags, properties, model_framework, model_framework_version),
            "description": description,
        }
        return Model._of(workspace, core.orrery("POST", "registry/register", message, reason=reason))

    @staticmethod
    def list(
        workspace: Workspace,
        name: Optional[str] = None,
        tags: Any = None,
        properties: Any = None,
        run_id: Optional[str] = None,
        latest: bool = False,
        **_kept: Any,
    ) -> List["Model"]:
        """Versions, the newest first.

        Args:
            name: Of the registered model; all if not given.
            tags: Names and values, as a dictionary or a list of names or pairs; so are `properties`.
            latest: Only the newest of each model.
        """
        check_kept("Model.list", _kept, ("name", "tags", "properties", "run_id", "latest"))
        wanted = {
            **_pairs(tags),
            **{f"{PROPERTY_TAG}{key}": value for key, value in _pairs(properties).items()},
        }
        terms = [f"name = {quoted(name)}"] if name is not None else []
        terms += [f"run_id = {quoted(run_id)}"] if run_id is not None else []
        terms += [f"tags.`{key}` = {quoted(value)}" for key, value in wanted.items() if value is not None]
        message = {"filter": " AND ".join(terms), "max_results": 10_000}
        models, seen = [], set()
        found = list_(workspace._core.pages("GET", "model-versions/search", message, "model_versions"))
        for read in sorted(
            found, key=lambda each: (each["creation_timestamp"], int(each["version"])), reverse=True
        ):
            if not all(key in from_key_values(read.get("tags")) for key in wanted):
                continue
            if latest and read["name"] in seen:
                continue
            seen.add(read["name"])
            models.append(Model._of(workspace, read))
        return models

    @property
    def name(self) -> str:
        return str(self._read["name"])

    @property
    def version(self) -> int:
        return int(self._read["version"])

    @property
    def id(self) -> str:
        """`NAME:VERSION`."""
        return f"{self.name}:{self.version}"

    @property
    def description(self) -> str:
        return str(self._read.get("description", ""))

    @property
    def tags(self) -> Dict[str, str]:
        """With those that tell where it is from: run, experiment, flavours."""
        told = from_key_values(self._read.get("tags"))
        return {key: value for key, value in told.items() if not key.startswith(PROPERTY_TAG)}

    @property
    def properties(self) -> Dict[str, str]:
        told = from_key_values(self._read.get("tags"))
        return {
            key[len(PROPERTY_TAG) :]: value for key, value in told.items() if key.startswith(PROPERTY_TAG)
        }

    @property
    def run_id(self) -> Optional[str]:
        return self._read.get("run_id") or None

    @property
    def run(self) -> Optional["Run"]:
        """The run it is from; None if there is none."""
        from orrery.run import Run

        return None if self.run_id is None else Run.get(self.workspace, self.run_id)

    @property
    def created_time(self) -> datetime.datetime:
        """In UTC."""
        return moment(self._read["creation_timestamp"])

    @property
    def stage(self) -> str:
        return str(self._read.get("stage") or self._read.get("current_stage") or "None")

    @property
    def aliases(self) -> Sequence[str]:
        return list_(self._read.get("aliases", []))

    @property
    def url(self) -> str:
        """For `mlflow.pyfunc.load_model`."""
        return f"models:/{self.name}/{self.version}"

    def get_details(self) -> Dict[str, Any]:
        """Everything that is known of the version: type, flavours, signature, manifest, whether loading runs code."""
        self._read = _describe(self.workspace, self.name, str(self.version))
        return dict(self._read)

    def download(
        self, target_dir: str = ".", exist_ok: bool = False, exists_ok: Optional[bool] = None, **_kept: Any
    ) -> str:
        """Returns the path of what was written, a file or a folder. Files are checked against the manifest.

        Raises:
            OrreryError: EXISTS if something is there already and `exist_ok` is false; NOT_WHOLE if a file is not the
                one that was registered.
        """
        check_kept("Model.download", _kept, ("target_dir", "exist_ok"))
        files = self._files()
        folder = pathlib.Path(target_dir)
        # A file that was registered by itself is written by itself.
        only = (
            files[0] if len(files) == 1 and "/" not in files[0].name and files[0].name != "MLmodel" else None
        )
        target = folder / (files[0].name if only else self._folder_name())
        if target.exists() and not (exist_ok or exists_ok):
            raise OrreryError(
                "EXISTS", f"{target} is there already.", hint="Pass exist_ok=True to write over it."
            )
        if only:
            download(self._core, only, target)
        else:
            download_all(self._core, files, target)
        return str(target)

    def update(
        self, tags: Optional[Dict[str, str]] = None, description: Optional[str] = None, **_kept: Any
    ) -> None:
        """Changes what is given; `tags` replaces the tags that people set."""
        if description is not None:
            message = {**self._key(), "description": description}
            self._core.mlflow("PATCH", "model-versions/update", message)
        if tags is not None:
            self.remove_tags(
                [key for key in self.tags if not key.startswith(("orrery.", "mlflow.")) and key not in tags]
            )
            self.add_tags(tags)
        self.get_details()

    def add_tags(self, tags: Mapping[str, str]) -> None:
        """Sets tags; others stay."""
        for key, value in tags.items():
            self._core.mlflow(
                "POST", "model-versions/set-tag", {**self._key(), "key": key, "value": str(value)}
            )
        self.get_details()

    def add_properties(self, properties: Mapping[str, str]) -> None:
        """Keeps properties; v1's can never be changed, these can."""
        self.add_tags({f"{PROPERTY_TAG}{key}": value for key, value in properties.items()})

    def remove_tags(self, tags: Sequence[str]) -> None:
        """Removes tags by name."""
        for key in tags:
            self._core.mlflow("DELETE", "model-versions/delete-tag", {**self._key(), "key": key})
        self.get_details()

    def delete(self, reason: Optional[str] = None) -> None:
        """Deletes the version for good; its number never comes again."""
        self._core.mlflow("DELETE", "model-versions/delete", self._key(), reason=reason)

    def _key(self) -> Dict[str, str]:
        return {"name": self.name, "version": str(self.version)}

    def _folder_name(self) -> str:
        source = str(self._read.get("source", "")).rstrip("/")
        last = source.rsplit("/", 1)[-1]
        is_path = "/artifacts/" in source or (source.startswith("runs:/") and source.count("/") > 1)
        return last if is_path and last else self.name

    def _files(self) -> List[Download]:
        path = f"registry/models/{segment(self.name, 'The name')}/versions/{self.version}/manifest"
        files: List[Download] = []
        token = None
        while True:
            page = self._core.orrery("GET", path, {"page_token": token})
            state = page["manifest"]["state"]
            if state != "complete":
                raise OrreryError(
                    "INVALID_STATE", f"The files of {self.id} cannot be downloaded: their manifest is '{state}'.",
                    hint=f"Its source is {self._read.get('source')}.",
                )  # fmt: skip
            for file in page["files"]:
                query = "&".join(
                    f"{name}={quote(value, safe='')}"
                    for name, value in {**self._key(), "path": file["path"]}.items()
                )
                files.append(Download(f"/model-versions/get-artifact?{query}", file["path"], file["sha256"]))
            token = page.get("next_page_token")
            if not token:
                return files

    def __repr__(self) -> str:
        return f"Model(name={self.name!r}, version={self.version})"


list_ = list  # the class has a method of that name


def told_tags(
    tags: Optional[Mapping[str, str]],
    properties: Optional[Mapping[str, str]],
    framework: Optional[str] = None,
    framework_version: Optional[str] = None,
) -> Sequence[Dict[str, str]]:
    """Tags of a version, with what v1 keeps beside them."""
    told = dict(tags or {})
    told.update({f"{PROPERTY_TAG}{key}": str(value) for key, value in (properties or {}).items()})
    more = {"model_framework": framework, "model_framework_version": framework_version}
    told.update({key: str(value) for key, value in more.items() if value is not None})
    return key_values(told)


def _number_of(workspace: Workspace, name: str, version: Any) -> str:
    if version not in (None, "latest") and not str(version).startswith("@"):
        if not str(version).isdigit():
            raise invalid(f"version is {version!r}; it is a number, 'latest' or an alias as '@champion'.")
        return str(int(version))
    alias = "latest" if version in (None, "latest") else str(version)[1:]
    message = {"name": name, "alias": alias}
    return str(workspace._core.mlflow("GET", "registered-models/alias", message)["model_version"]["version"])


def _describe(workspace: Workspace, name: str, number: str) -> Dict[str, Any]:
    return workspace._core.orrery("GET", f"registry/models/{segment(name, 'The name')}/versions/{number}", {})


def _pairs(given: Any) -> Dict[str, Optional[str]]:
    """v1 takes a name, a dictionary, or a list of names and [name, value] pairs."""
    if given is None:
        return {}
    if isinstance(given, str):
        return {given: None}
    if isinstance(given, Mapping):
        return {str(key): str(value) for key, value in given.items()}
    told: Dict[str, Optional[str]] = {each: None for each in given if isinstance(each, str)}
    told.update({str(each[0]): str(each[1]) for each in given if not isinstance(each, str)})
    return told


def _logged_name(model_name: str) -> str:
    """MLflow allows no / : . % \" and ' in it."""
    return "".join("-" if letter in "/:.%\"'" else letter for letter in model_name)
