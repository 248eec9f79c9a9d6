"""Orrery: workspaces, experiments, runs and models. Names are loaded when they are first used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orrery.errors import OrreryError
    from orrery.experiment import Experiment
    from orrery.ml_client import MLClient
    from orrery.model import Model
    from orrery.portal import get_portal_url
    from orrery.run import Run
    from orrery.workspace import Workspace

__version__ = "0.1.0"
__all__ = ["Experiment", "MLClient", "Model", "OrreryError", "Run", "Workspace", "get_portal_url"]

_HOMES = {
    "Experiment": "orrery.experiment",
    "MLClient": "orrery.ml_client",
    "Model": "orrery.model",
    "OrreryError": "orrery.errors",
    "Run": "orrery.run",
    "Workspace": "orrery.workspace",
    "get_portal_url": "orrery.portal",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        from orrery.not_yet import missing_import

        raise missing_import(name, ", ".join(__all__))
    return getattr(importlib.import_module(home), name)
