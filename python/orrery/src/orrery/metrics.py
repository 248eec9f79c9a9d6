"""Metrics in v1's words: a value where one was logged, a list where there were several, tables by column."""

from __future__ import annotations

import json
from typing import Any, Dict, List, Mapping, Optional

from orrery.core import Core

MOST_SERIES = 500
"""Keys in one question for series."""
TABLE_TAG = "orrery.table."
"""Tag of a run: the columns that `log_row` and `log_table` logged under a name, a JSON list."""
TEXT_TAG = "orrery.text."
"""Tag of a run: the texts that `log` logged under a name, a JSON list. MLflow's metrics are numbers."""


def read_metrics(core: Core, run: Mapping[str, Any], name: Optional[str]) -> Dict[str, Any]:
    """Values by name, in the order of their times and steps. NaN is kept."""
    data, run_id = run.get("data", {}), run["info"]["run_id"]
    latest: Dict[str, Any] = {metric["key"]: float(metric["value"]) for metric in data.get("metrics", [])}
    tags = {tag["key"]: tag.get("value", "") for tag in data.get("tags", [])}
    tables = {
        key[len(TABLE_TAG) :]: _names(value) for key, value in tags.items() if key.startswith(TABLE_TAG)
    }
    texts = {key[len(TEXT_TAG) :]: _names(value) for key, value in tags.items() if key.startswith(TEXT_TAG)}
    wanted = [key for key in latest if name is None or key == name or _table_of(key, tables) == name]
    values: Dict[str, Any] = {key: latest[key] for key in wanted}
    values.update({key: _history(core, run_id, key) for key in _with_several(core, run_id, wanted)})
    told: Dict[str, Any] = {}
    for key, value in values.items():
        table = _table_of(key, tables)
        if table is None:
            told[key] = value
        else:
            told.setdefault(table, {})[key[len(table) + 1 :]] = value
    for key, text in texts.items():
        if name is None or key == name:
            told[key] = text[0] if len(text) == 1 else text
    return told


def _table_of(key: str, tables: Mapping[str, List[str]]) -> Optional[str]:
    for table, columns in tables.items():
        if key.startswith(f"{table}/") and key[len(table) + 1 :] in columns:
            return table
    return None


def _with_several(core: Core, run_id: str, keys: List[str]) -> List[str]:
    """Those with more than one point. MLflow has no count; our own series do."""
    found: List[str] = []
    for begin in range(0, len(keys), MOST_SERIES):
        message = {"run_ids": [run_id], "keys": keys[begin : begin + MOST_SERIES], "max_buckets": 1}
        series = core.orrery("POST", "series", message)["series"]
        found.extend(each["key"] for each in series if int(each["points"]) > 1)
    return found


def _history(core: Core, run_id: str, key: str) -> List[float]:
    message = {"run_id": run_id, "metric_key": key, "max_results": 25_000}
    return [float(point["value"]) for point in core.pages("GET", "metrics/get-history", message, "metrics")]


def _names(text: str) -> List[Any]:
    try:
        read = json.loads(text)
    except ValueError:
        return []
    return read if isinstance(read, list) else []
