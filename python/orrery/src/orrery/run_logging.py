"""What a `Run` writes: metrics, tags, tables, images, its end."""

from __future__ import annotations

import json
import time
import traceback
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Mapping, Optional, Sequence, Union

from orrery.errors import invalid
from orrery.metrics import TABLE_TAG, TEXT_TAG

if TYPE_CHECKING:
    from orrery.core import Core
    from orrery.experiment import Experiment
    from orrery.run import Run

Value = Union[float, int, str, List[float]]
_MOST_POINTS = 1_000
"""Points in one call."""
_MOST_ERROR_LETTERS = 4_000


class RunLogging:
    """The half of `Run` that writes."""

    _core: "Core"
    _read: Dict[str, Any]

    if TYPE_CHECKING:

        @property
        def id(self) -> str: ...
        @property
        def experiment(self) -> "Experiment": ...

        def refresh(self) -> None: ...
        def upload_file(self, name: str, path_or_stream: Any, **_kept: Any) -> None: ...
        def _all_tags(self) -> Dict[str, str]: ...

    def _begin_logging(self) -> None:
        self._steps: Dict[str, int] = {}

    def log(self, name: str, value: Value, description: str = "", step: Optional[int] = None) -> None:
        """Logs a number, a list of numbers, or a text.

        Args:
            description: Accepted and unused.
            step: The next one of this object, from 0, if not given.
        """
        if isinstance(value, str):
            self._log_text(name, value)
        elif isinstance(value, (list, tuple)):
            self.log_list(name, list(value))
        else:
            self._log_points([self._point(name, value, step)])

    def log_list(self, name: str, value: Sequence[float], description: str = "") -> None:
        """Logs numbers one after another under one name."""
        self._log_points([self._point(name, each, None) for each in value])

    def log_row(self, name: str, description: Optional[str] = None, **columns: Any) -> None:
        """Logs a row of a table; `get_metrics()` gives its columns."""
        self._keep_columns(name, list(columns))
        self._log_points([self._point(f"{name}/{column}", each, None) for column, each in columns.items()])

    def log_table(self, name: str, value: Mapping[str, Any], description: str = "") -> None:
        """Logs a table: a number or a list of numbers by column."""
        self._keep_columns(name, list(value))
        points = []
        for column, given in value.items():
            for each in given if isinstance(given, (list, tuple)) else [given]:
                points.append(self._point(f"{name}/{column}", each, None))
        self._log_points(points)

    def log_image(self, name: str, path: Any = None, plot: Any = None, description: str = "") -> None:
        """Stores an image: a file at `path`, or a matplotlib figure or `pyplot`. A name without suffix gets one."""
        if (path is None) == (plot is None):
            raise invalid("log_image takes either path or plot.")
        if path is not None:
            suffix = "" if "." in name.rsplit("/", 1)[-1] else f".{str(path).rsplit('.', 1)[-1]}"
            self.upload_file(name + suffix, path)
            return
        import io

        drawn = io.BytesIO()
        plot.savefig(drawn, format="png")
        self.upload_file(name if name.endswith(".png") else f"{name}.png", drawn.getvalue())

    def log_confusion_matrix(self, name: str, value: Any, description: str = "") -> None:
        """Stores it as the file `name.json`; so do the three below."""
        self._log_document(name, value)

    def log_accuracy_table(self, name: str, value: Any, description: str = "") -> None:
        self._log_document(name, value)

    def log_predictions(self, name: str, value: Any, description: str = "") -> None:
        self._log_document(name, value)

    def log_residuals(self, name: str, value: Any, description: str = "") -> None:
        self._log_document(name, value)

    def tag(self, key: str, value: Optional[str] = None) -> None:
        """Sets a tag; without a value an empty one."""
        self._core.mlflow("POST", "runs/set-tag", {"run_id": self.id, "key": key, "value": value or ""})

    def set_tags(self, tags: Mapping[str, str]) -> None:
        """Sets tags; others stay."""
        self._set_tags(tags)

    def remove_tags(self, tags: Iterable[str]) -> None:
        """Removes tags by name."""
        for key in tags:
            self._core.mlflow("POST", "runs/delete-tag", {"run_id": self.id, "key": key})

    def add_properties(self, properties: Mapping[str, str]) -> None:
        """Keeps them as tags; v1's can never be changed, these can."""
        self._set_tags(properties)

    def child_run(self, name: Optional[str] = None, **_kept: Any) -> "Run":
        """A new, running run within this one."""
        root = self._all_tags().get("mlflow.rootRunId", self.id)
        return self.experiment._start(name, {"mlflow.parentRunId": self.id, "mlflow.rootRunId": root})

    def complete(self, **_kept: Any) -> None:
        """Ends the run well."""
        self._end("FINISHED")

    def fail(self, error_details: Any = None, error_code: Optional[str] = None, **_kept: Any) -> None:
        """Ends the run as failed; a text or an error is kept in the tag `orrery.error`, its first 4,000 letters."""
        if error_details is not None:
            text = error_details
            if isinstance(error_details, BaseException):
                text = "".join(traceback.format_exception_only(type(error_details), error_details)).strip()
            self.tag("orrery.error", str(text)[:_MOST_ERROR_LETTERS])
        self._end("FAILED")

    def cancel(self) -> None:
        """Marks the run as canceled. It does not end the process that logs to it."""
        self._end("KILLED")

    def start(self) -> None:
        """Marks the run as running again."""
        self._core.mlflow("POST", "runs/update", {"run_id": self.id, "status": "RUNNING"})
        self.refresh()

    def flush(self, timeout_seconds: float = 300) -> None:
        """Nothing to wait for: what was logged is kept when the call returns."""

    def __enter__(self) -> "RunLogging":
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if error is None:
            self.complete()
        elif isinstance(error, KeyboardInterrupt):
            self.cancel()
        else:
            self.fail(error)

    def _end(self, status: str) -> None:
        message = {"run_id": self.id, "status": status, "end_time": int(time.time() * 1000)}
        self._core.mlflow("POST", "runs/update", message)
        self.refresh()

    def _point(self, name: str, value: Any, step: Optional[int]) -> Dict[str, Any]:
        try:
            number = float(value)
        except (TypeError, ValueError):
            raise invalid(f"The value of '{name}' is {value!r}; it must be a number.") from None
        if step is None:
            step = self._steps.get(name, 0)
            self._steps[name] = step + 1
        return {"key": name, "value": number, "timestamp": int(time.time() * 1000), "step": step}

    def _log_points(self, points: List[Dict[str, Any]]) -> None:
        for begin in range(0, len(points), _MOST_POINTS):
            message = {"run_id": self.id, "metrics": points[begin : begin + _MOST_POINTS]}
            self._core.mlflow("POST", "runs/log-batch", message)

    def _log_text(self, name: str, value: str) -> None:
        self._append(f"{TEXT_TAG}{name}", [value], again=True)

    def _keep_columns(self, name: str, columns: List[str]) -> None:
        self._append(f"{TABLE_TAG}{name}", columns, again=False)

    def _append(self, key: str, values: List[str], again: bool) -> None:
        """Adds to a JSON list in a tag, which holds 8,000 letters; `again`: also what is in it already."""
        self.refresh()
        known = json.loads(self._all_tags().get(key, "[]"))
        added = [value for value in values if again or value not in known]
        if added:
            self._set_tags({key: json.dumps(known + added)})

    def _log_document(self, name: str, value: Any) -> None:
        text = value if isinstance(value, str) else json.dumps(value)
        self.upload_file(name if name.endswith(".json") else f"{name}.json", text.encode("utf-8"))

    def _set_tags(self, tags: Mapping[str, str]) -> None:
        pairs = [{"key": str(key), "value": str(value)} for key, value in tags.items()]
        for begin in range(0, len(pairs), 100):
            self._core.mlflow(
                "POST", "runs/log-batch", {"run_id": self.id, "tags": pairs[begin : begin + 100]}
            )
