"""Keyword arguments of Azure's SDKs that mean nothing here."""

from __future__ import annotations

import difflib
import warnings
from typing import Any, Iterable, Mapping


def check_kept(where: str, kept: Mapping[str, Any], own: Iterable[str]) -> None:
    """Unknown keyword arguments are accepted, so that code of the seeds runs; what looks like a slip is said.

    Args:
        where: The function, for the sentence.
        own: Names that the function has.
    """
    for name in kept:
        if name.startswith("_"):
            continue
        near = difflib.get_close_matches(name, list(own), n=1, cutoff=0.8)
        if near:
            warnings.warn(
                f"{where} has no argument '{name}' and ignores it. Is '{near[0]}' meant?", stacklevel=3
            )
