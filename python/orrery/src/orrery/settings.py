"""Where the server is, and which workspace is meant."""

from __future__ import annotations

import json
import pathlib
from typing import Any, Dict, List, NamedTuple, Optional

from orrery.addresses import split_address
from orrery.core import Core
from orrery.credentials import current_profile, environment_address
from orrery.errors import OrreryError


class ConfigFile(NamedTuple):
    """A `config.json` of a workspace."""

    path: pathlib.Path
    fields: Dict[str, str]


def connect(
    url: Optional[str],
    workspace: Optional[str],
    token: Optional[str] = None,
    of_file: Optional[str] = None,
    timeout: float = 120.0,
) -> Core:
    """A core for the server of `url`, else ORRERY_URL, a file, MLFLOW_TRACKING_URI, the profile of `orrery login`.

    The workspace is `workspace`, else the one in the address, else the profile's, else `default`.

    Raises:
        OrreryError: NO_SERVER if nothing says where it is.
    """
    import os

    from_orrery = os.environ.get("ORRERY_URL") or None
    profile = None
    address = url or from_orrery or of_file or environment_address()
    if address is None:
        profile = current_profile()
        address = profile.url
    if address is None:
        raise OrreryError(
            "NO_SERVER",
            "No server is known.",
            hint="Sign in with `orrery login URL`, or set ORRERY_URL or pass url=.",
        )
    server, in_path = split_address(address)
    from_profile = None if profile is None else profile.workspace
    name = workspace or in_path or os.environ.get("ORRERY_WORKSPACE") or from_profile or "default"
    return Core(server, name, token, timeout)


def find_config(path: Optional[str], file_name: Optional[str] = None) -> ConfigFile:
    """Finds and reads a `config.json` as Azure's SDKs do.

    Args:
        path: A file; or a folder in which to begin; None: the working folder.

    Raises:
        OrreryError: CONFIG_NOT_FOUND with the folders that were looked into; INVALID_CONFIG with file and field.
    """
    name = file_name or "config.json"
    begin = pathlib.Path(path or ".").absolute()
    if begin.is_file():
        return _read(begin)
    looked: List[str] = []
    for folder in (begin, *begin.parents):
        for place in (folder / name, folder / ".azureml" / name, folder / "aml_config" / name):
            if place.is_file():
                return _read(place)
        looked.append(str(folder))
    raise OrreryError(
        "CONFIG_NOT_FOUND",
        f"There is no {name} in {', '.join(looked)}, nor in .azureml or aml_config there.",
        hint="`orrery workspace config NAME` writes one, and so does ws.write_config().",
    )


def _read(path: pathlib.Path) -> ConfigFile:
    try:
        # Editors on Windows put a mark of byte order before it.
        read: Any = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise OrreryError("INVALID_CONFIG", f"{path} cannot be read: {error}.") from error
    if not isinstance(read, dict):
        raise OrreryError("INVALID_CONFIG", f"{path} must be a JSON object.")
    # The oldest SDK wrote `Scope`, a path of Azure's, in place of the three names.
    if isinstance(read.get("Scope"), str):
        parts = read["Scope"].strip("/").split("/")
        named = dict(zip((part.lower() for part in parts[::2]), parts[1::2]))
        read.setdefault("subscription_id", named.get("subscriptions"))
        read.setdefault("resource_group", named.get("resourcegroups"))
        read.setdefault("workspace_name", named.get("workspaces", parts[-1]))
    fields = {}
    for field in ("subscription_id", "resource_group", "workspace_name", "mlflow_tracking_uri"):
        value = read.get(field)
        if value is None:
            continue
        if not isinstance(value, str):
            raise OrreryError("INVALID_CONFIG", f"'{field}' in {path} is {value!r}; it must be text.")
        fields[field] = value
    if not fields.get("workspace_name") and not fields.get("mlflow_tracking_uri"):
        raise OrreryError("INVALID_CONFIG", f"'workspace_name' is missing in {path}.")
    return ConfigFile(path, fields)


def server_of_file(fields: Dict[str, str]) -> Optional[str]:
    """The address in a `config.json`; one that came from Azure has none that can be used here."""
    uri = fields.get("mlflow_tracking_uri", "")
    return uri if uri.lower().startswith(("http://", "https://")) else None
