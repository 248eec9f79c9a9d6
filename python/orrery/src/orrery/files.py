"""Files of runs, logged models and versions: whole or not at all, several at a time."""

from __future__ import annotations

import collections
import contextlib
import hashlib
import os
import pathlib
import queue
import re
import tempfile
import threading
from typing import Any, BinaryIO, Callable, Dict, Iterable, Iterator, List, NamedTuple, Optional, Set, Tuple
from urllib.parse import quote

import requests

from orrery.answers import read_message
from orrery.core import Core, dumps, path_of
from orrery.errors import OrreryError, invalid
from orrery.line import Slice
from orrery.no_answer import no_answer

AT_ONCE = 48
"""Files at a time: the server writes those that wait together at once. 1,000 files of 1 KiB on a busy machine: 188 a
second with 8, 259 with 16, 497 with 48."""
PART_BYTES = 64 << 20
"""Bytes of a part, and from how many on a file goes in parts."""
_PARTS_AT_ONCE = 4
_MOST_PARTS = 10_000
_SMALL_BYTES = 1 << 20
_PIECE_BYTES = 128 << 10
"""Read at a time. What is left of one when the connection breaks is read again."""
_IN_STORE = re.compile(r"^mlflow-artifacts:/(?://)?([^/].*)$")
_WINDOWS_DRIVE = re.compile(r"^[A-Za-z]:")


class Listed(NamedTuple):
    path: str
    """Relative to the run, logged model or version."""
    size: int
    """Bytes."""


class Download(NamedTuple):
    source: str
    """Path and query below the workspace."""
    name: str
    """Where it goes, relative to the target folder, with slashes."""
    sha256: Optional[str] = None
    """Lower-case hex: what it must be."""


class _Stop(threading.Event):
    """Tells the threads of one transfer to end, and knows which half files there are."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: Set[str] = set()

    def check(self) -> None:
        if self.is_set():
            raise OrreryError("STOPPED", "The transfer was given up.")

    def end(self) -> None:
        self.set()
        for part in list(self.parts):
            _remove(part)


def root_of(artifact_uri: str) -> str:
    """The folder of a run, logged model or version in the store behind the server.

    Raises:
        OrreryError: INVALID_PARAMETER_VALUE if the files are elsewhere.
    """
    found = _IN_STORE.match(artifact_uri)
    if found is None:
        raise invalid(
            f"The files are at '{artifact_uri}', outside the store behind the server.",
            "Read and write them with a client that has credentials for that store.",
        )
    return found.group(1).rstrip("/")


def in_store(root: str, path: str) -> str:
    """Where a file of the store is below the workspace."""
    return f"/api/2.0/mlflow-artifacts/artifacts/{path_of(f'{root}/{path}' if path else root, 'The path of a file')}"


def list_files(core: Core, root: str, folder: str = "") -> Iterator[Listed]:
    """All files below a folder of the store, folders before their names, sorted as the server sorts them."""
    call = "artifacts.list"
    where = quote("/".join(part for part in (root, folder) if part), safe="")
    answer = core.send("GET", f"/api/2.0/mlflow-artifacts/artifacts?path={where}", call)
    listed = read_message(answer, core.tracking_uri, call, {})
    for entry in listed.listed("files"):
        path = f"{folder}/{entry['path']}" if folder else str(entry["path"])
        if entry.get("is_dir"):
            yield from list_files(core, root, path)
        else:
            yield Listed(path, int(entry.get("file_size", 0)))


def upload(core: Core, root: str, path: str, source: Any) -> None:
    """Stores a file, whole or not at all.

    A path of more than 64 MiB goes in parts, four at a time, each sent again by itself where the line breaks. Of a path at
    most a piece of 16 KiB of each connection is in memory.

    Args:
        path: Relative to `root`.
        source: A path of the local disk, bytes, or something open for reading bytes, which is read to its end.
    """
    if path == "" or path.startswith("/") or path.endswith("/"):
        raise invalid(f"{path!r} is no path of a file: give it relative to its run or logged model.")
    size = _size_of(source)
    if size is not None and size > PART_BYTES:
        _upload_parts(core, f"{root}/{path}", pathlib.Path(source), size)
    else:
        core.send("PUT", in_store(root, path), "artifacts.upload", body=_body_of(source))


def _size_of(source: Any) -> Optional[int]:
    """Bytes, of a path."""
    return os.stat(source).st_size if isinstance(source, (str, os.PathLike)) else None


def _upload_parts(core: Core, target: str, path: pathlib.Path, size: int) -> None:
    """Create, the parts at signed addresses, complete. A failure forgets what was stored."""
    folder, _, name = target.rpartition("/")
    where = path_of(folder, "The path of a file")
    part_bytes = max(PART_BYTES, -(-size // _MOST_PARTS))
    count = -(-size // part_bytes)

    def call(verb: str, message: Dict[str, Any]) -> Dict[str, Any]:
        what = f"artifacts.{verb}-upload"
        headers, body = {"Content-Type": "application/json"}, dumps({"path": name, **message}).encode("utf-8")
        at = f"/api/2.0/mlflow-artifacts/mpu/{verb}/{where}"
        answer = core.send("POST", at, what, headers=headers, body=body, message=message)
        return read_message(answer, core.tracking_uri, what, message)

    made = call("create", {"num_parts": count})
    upload, etags = made["upload_id"], {}

    def send(part: Dict[str, Any], stop: _Stop) -> None:
        stop.check()
        number = int(part["part_number"])
        begin = (number - 1) * part_bytes
        length = min(part_bytes, size - begin)
        answer = core.send(
            "PUT",
            part["url"],
            "artifacts.upload-signed-part",
            headers=part.get("headers") or {},
            body=lambda: Slice(path, begin, length),
        )
        etag = answer.headers.get("etag")
        if etag is None:
            raise OrreryError(
                "NOT_ORRERY",
                "The answer to artifacts.upload-signed-part has no ETag.",
                status=answer.status_code,
                hint="A proxy may have taken it out.",
            )
        etags[number] = etag

    try:
        _each(made["credentials"], send, _PARTS_AT_ONCE)
        parts = [{"part_number": number, "etag": etags[number]} for number in sorted(etags)]
        call("complete", {"upload_id": upload, "parts": parts})
    except BaseException:
        # The server would forget it by itself after a week. The caller hears of the first failure, not of this one.
        with contextlib.suppress(OrreryError):
            core.elsewhere(core.workspace, attempts=1, timeout=10.0).send(
                "POST",
                f"/api/2.0/mlflow-artifacts/mpu/abort/{where}",
                "artifacts.abort-upload",
                headers={"Content-Type": "application/json"},
                body=dumps({"path": name, "upload_id": upload}).encode("utf-8"),
            )
        raise


def upload_all(core: Core, root: str, files: Iterable[Tuple[str, Any]]) -> int:
    """Stores files, given as path and source, several at a time. Returns how many. The first failure ends it."""
    return _each(files, lambda file, _: upload(core, root, file[0], file[1]))


def download(core: Core, file: Download, target: pathlib.Path) -> int:
    """Writes a file beside `target` and renames it when it is whole. Returns its bytes.

    A broken connection is taken up where it broke, as long as the file is the same. Nothing of a file is left after an
    error or Ctrl-C.

    Raises:
        OrreryError: NOT_WHOLE if it is not what `file.sha256` says, or changed meanwhile.
    """
    return _download(core, file, target, _Stop())


def _download(core: Core, file: Download, target: pathlib.Path, stop: _Stop) -> int:
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(prefix=f".{target.name}.part-", dir=str(target.parent))
    # First known, then looked: whoever ends the transfer either sees the file or is seen.
    stop.parts.add(beside)
    try:
        stop.check()
        # mkstemp makes files that only their owner may read; what was downloaded follows the umask.
        os.chmod(beside, 0o666 & ~_umask())
        with os.fdopen(handle, "wb") as out:
            bytes_written, digest = _receive(core, file, out, stop)
        if file.sha256 is not None and digest != file.sha256:
            raise OrreryError(
                "NOT_WHOLE", f"'{file.name}' is not the file that was registered: its SHA-256 differs."
            )
        os.replace(beside, target)
    except BaseException:
        _remove(beside)
        raise
    finally:
        stop.parts.discard(beside)
    return bytes_written


def download_all(core: Core, files: Iterable[Download], folder: pathlib.Path) -> int:
    """Writes files below a folder, several at a time. Returns how many. The first failure ends it."""
    placed = [(file, place_in(folder, file.name)) for file in files]
    return _each(placed, lambda one, stop: _download(core, one[0], one[1], stop))


def place_in(folder: pathlib.Path, name: str) -> pathlib.Path:
    """Where a name that a server gave lies below a folder.

    Raises:
        OrreryError: INVALID_PARAMETER_VALUE if it would leave the folder, also by a symbolic link that is there.
    """
    parts = name.replace("\\", "/").split("/")
    if any(part in ("", ".", "..") or "\0" in part for part in parts) or _WINDOWS_DRIVE.match(name):
        raise invalid(
            f"The server names a file {name!r}, which would lie outside {folder}. Nothing was written."
        )
    place = folder
    for part in parts:
        place = place / part
        if place.is_symlink():
            raise invalid(
                f"{place} is a symbolic link: '{name}' is not written through it.", "Remove it first."
            )
    return place


def local_files(folder: pathlib.Path) -> List[Tuple[str, pathlib.Path]]:
    """All files below a folder with their path relative to it, with slashes."""
    found = []
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = pathlib.Path(place) / name
            found.append((path.relative_to(folder).as_posix(), path))
    return found


def _receive(core: Core, file: Download, out: BinaryIO, stop: _Stop) -> Tuple[int, str]:
    digest, written, etag, breaks = hashlib.sha256(), 0, None, 0
    while True:
        headers: Dict[str, str] = {"Accept-Encoding": "identity"}
        if written > 0 and etag is not None:
            headers.update({"Range": f"bytes={written}-", "If-Match": etag})
        answer = core.send("GET", file.source, "artifacts.download", headers=headers, stream=True)
        if written > 0 and (answer.status_code != 206 or answer.headers.get("etag") != etag):
            raise OrreryError(
                "NOT_WHOLE", f"'{file.name}' changed while it was downloaded.", hint="Begin again."
            )
        etag = answer.headers.get("etag")
        stated = answer.headers.get("content-length")
        wanted = None if stated is None else written + int(stated)
        try:
            for piece in answer.iter_content(_PIECE_BYTES):
                stop.check()
                out.write(piece)
                digest.update(piece)
                written += len(piece)
            if wanted is None or written == wanted:
                return written, digest.hexdigest()
            broken: Exception = requests.ConnectionError("IncompleteRead")
        except (requests.RequestException, OSError) as error:
            if isinstance(error, OSError) and not isinstance(error, requests.RequestException):
                raise
            broken = error
        finally:
            answer.close()
        breaks += 1
        if etag is None or breaks >= 5:
            raise no_answer(core.url, "artifacts.download", broken) from broken
        core.pause(0.25 * 2**breaks)


def _body_of(source: Any) -> Any:
    if isinstance(source, (bytes, bytearray)):
        return bytes(source)
    if isinstance(source, (str, os.PathLike)):
        path = pathlib.Path(source)
        # Small ones in one piece: opening a stream for each costs more than reading it.
        if path.stat().st_size <= _SMALL_BYTES:
            return path.read_bytes()
        return lambda: path.open("rb")
    if not hasattr(source, "read"):
        raise invalid(f"{source!r} is no file: give a path, bytes, or something open for reading bytes.")
    read = source.read()
    return read.encode("utf-8") if isinstance(read, str) else read


def _each(items: Iterable[Any], act: Callable[[Any, _Stop], Any], at_once: int = AT_ONCE) -> int:
    """Acts on all items, several at a time. Returns how many.

    Threads of its own and no pool: after an error or Ctrl-C nobody waits for those that hang on a silent server. They
    see `stop` later, or end with the process.
    """
    waiting, stop = collections.deque(items), _Stop()
    results: queue.SimpleQueue[Optional[BaseException]] = queue.SimpleQueue()

    def work() -> None:
        while not stop.is_set():
            try:
                item = waiting.popleft()
            except IndexError:
                return
            try:
                act(item, stop)
            except BaseException as error:
                results.put(error)
                return
            results.put(None)

    count = len(waiting)
    try:
        for _ in range(min(at_once, count)):
            threading.Thread(target=work, name="orrery-files", daemon=True).start()
        for _ in range(count):
            error = results.get()
            if error is not None:
                raise error
    finally:
        stop.end()
    return count


def _remove(part: str) -> None:
    # On Windows a file that is open stays until its thread ends.
    with contextlib.suppress(OSError):
        os.unlink(part)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
