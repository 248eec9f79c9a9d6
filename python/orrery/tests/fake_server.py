"""A server that answers what a test tells it, and keeps what it was asked."""

import contextlib
import dataclasses
import http.server
import threading


@dataclasses.dataclass
class Asked:
    method: str
    path: str
    headers: dict
    body: bytes


@contextlib.contextmanager
def fake_server(answer):
    """`answer(asked, number)` gives (status, headers, body), or None to cut the connection. Yields (url, asked).

    Answers have the id that those of Orrery have, unless `X-Request-Id` is given as None.
    """
    asked: list = []

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self):
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            asked.append(
                Asked(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body)
            )
            given = answer(asked[-1], len(asked))
            if given is None:
                self.close_connection = True
                return
            status, headers, content = given
            self.send_response(status)
            if not any(name.lower() == "content-length" for name in headers):
                self.send_header("Content-Length", str(len(content)))
            has_id = any(name.lower() == "x-request-id" for name in headers)
            for name, value in {**({} if has_id else {"X-Request-Id": "r-1"}), **headers}.items():
                if value is not None:
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)
            self.wfile.flush()
            if hasattr(content, "may_end"):
                content.may_end.wait(60)
            if "content-length" in {name.lower() for name in headers}:
                self.close_connection = True

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _any

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
