"""A receiver of MLflow's webhooks that believes nobody who does not know the secret. It needs Python alone.

export WEBHOOK_SECRET=...        # the one that the webhook was made with
python receive.py --port 8400
"""

import argparse
import base64
import hashlib
import hmac
import json
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MOST_BYTES = 1024 * 1024
MOST_SECONDS = 300
"""What is older, or that far in the future, was recorded by somebody and is being sent again."""


def is_signed(secret: str, headers, body: bytes, now: float) -> bool:
    """Whether a request comes from whoever knows the secret, and was made just now."""
    told = headers.get("X-MLflow-Signature", "")
    sent_at = headers.get("X-MLflow-Timestamp", "")
    if not told.startswith("v1,") or not sent_at.isdigit() or abs(now - int(sent_at)) > MOST_SECONDS:
        return False
    delivery = headers.get("X-MLflow-Delivery-Id", "")
    # The bytes as they came: JSON that was read and written again is another text.
    signed = f"{delivery}.{sent_at}.".encode() + body
    expected = base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()
    # Takes the same time wherever the first difference is.
    return hmac.compare_digest(told.removeprefix("v1,").encode(), expected.encode())


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen: set[str] = set()
    """Deliveries come at least once, and the same id is the same news. A real receiver writes them down."""

    def do_POST(self):
        size = int(self.headers.get("Content-Length", 0))
        if size > MOST_BYTES:
            self.close_connection = True
            return self.answer(413, "too large")
        body = self.rfile.read(size)
        if not is_signed(self.server.secret, self.headers, body, time.time()):
            return self.answer(401, "not signed with the secret of this receiver")
        delivery = self.headers["X-MLflow-Delivery-Id"]
        if delivery not in self.seen:
            self.seen.add(delivery)
            self.server.received(json.loads(body))
        # Answer soon, and work on it afterwards: what takes longer than ten seconds counts as failed.
        return self.answer(200, "thank you")

    def answer(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


def listen(port: int, secret: str, received) -> ThreadingHTTPServer:
    """A server on this machine alone; `received` is called with each event, once."""
    server = ThreadingHTTPServer(("127.0.0.1", port), Receiver)
    server.secret, server.received = secret, received
    return server


def show(event: dict) -> None:
    data = event["data"]
    what = f"{event['entity']} {event['action']}"
    print(f"{what}: {data.get('name')} {data.get('version', '')}".rstrip(), flush=True)


if __name__ == "__main__":
    wanted = argparse.ArgumentParser()
    wanted.add_argument("--port", type=int, default=8400)
    server = listen(wanted.parse_args().port, os.environ["WEBHOOK_SECRET"], show)
    print(f"Listening on http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
