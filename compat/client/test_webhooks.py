"""Webhooks through MlflowClient, to a receiver that checks signatures as MLflow's documents say."""

import base64
import contextlib
import hashlib
import hmac
import importlib.util
import json
import os
import pathlib
import queue
import re
import subprocess
import sys
import threading
import time
import typing
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import mlflow
import pytest
from mlflow.entities.webhook import VALID_ENTITY_ACTIONS, WebhookEvent, WebhookStatus
from mlflow.exceptions import MlflowException
from mlflow.webhooks.types import get_example_payload_for_event, get_payload_class_for_event

ROOT = pathlib.Path(__file__).resolve().parents[2]
SECRET = "a secret of this test"
WITHIN_SECONDS = 180
EVENTS = [
    f"{entity.value}.{action.value}"
    for entity, actions in VALID_ENTITY_ACTIONS.items()
    for action in sorted(actions, key=lambda action: action.value)
]


class Received(typing.NamedTuple):
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict:
        return json.loads(self.body)

    @property
    def name(self) -> str:
        return f"{self.event['entity']}.{self.event['action']}"


class Receiver:
    """Keeps what comes, and answers what it is told to."""

    def __init__(self) -> None:
        self.inbox: queue.Queue[Received] = queue.Queue()
        self.status, self.answer = 200, b"thank you"
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.inbox.put(Received(dict(self.headers.items()), body))
                self.send_response(receiver.status)
                self.send_header("Content-Length", str(len(receiver.answer)))
                self.end_headers()
                self.wfile.write(receiver.answer)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?of=test"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def next(self) -> Received:
        return self.inbox.get(timeout=WITHIN_SECONDS)

    def until(self, wanted: set[str]) -> dict[str, Received]:
        """The first delivery of each of these events."""
        found: dict[str, Received] = {}
        deadline = time.monotonic() + WITHIN_SECONDS
        while wanted - found.keys():
            try:
                came = self.inbox.get(timeout=max(0.01, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"did not come: {sorted(wanted - found.keys())}") from None
            found.setdefault(came.name, came)
        return found


def verify_mlflow_signature(
    payload: str, signature: str, secret: str, delivery_id: str, timestamp: str
) -> bool:
    """Step by step as MLflow's guide to webhooks tells receivers to do it."""
    if not signature.startswith("v1,"):
        return False
    signed_content = f"{delivery_id}.{timestamp}.{payload}"
    expected = hmac.new(secret.encode("utf-8"), signed_content.encode("utf-8"), hashlib.sha256).digest()
    return hmac.compare_digest(signature.removeprefix("v1,"), base64.b64encode(expected).decode("utf-8"))


def is_signed(came: Received, secret: str = SECRET) -> bool:
    told = {name.lower(): value for name, value in came.headers.items()}
    delivery_id, timestamp = told["x-mlflow-delivery-id"], told["x-mlflow-timestamp"]
    assert abs(time.time() - int(timestamp)) < 300
    assert str(uuid.UUID(delivery_id)) == delivery_id
    return verify_mlflow_signature(
        came.body.decode(), told["x-mlflow-signature"], secret, delivery_id, timestamp
    )


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def make(client, receiver):
    """Makes webhooks to the receiver, gone with the test: nothing of other tests comes to it."""
    made = []

    def make(events=("registered_model.created",), **fields):
        name = fields.pop("name", f"hook-{uuid.uuid4().hex[:8]}")
        webhook = client.create_webhook(name, fields.pop("url", receiver.url), list(events), **fields)
        made.append(webhook.webhook_id)
        return webhook

    yield make
    for webhook_id in made:
        with contextlib.suppress(MlflowException):
            client.delete_webhook(webhook_id)


@pytest.fixture
def name() -> str:
    return f"hooked_{uuid.uuid4().hex[:8]}"


@contextlib.contextmanager
def refused(match: str, code: str = "INVALID_PARAMETER_VALUE"):
    with pytest.raises(MlflowException, match=match) as found:
        yield
    assert found.value.error_code == code


def test_a_webhook_is_made_listed_changed_and_deleted(client, receiver, make):
    before = int(time.time() * 1000)
    made = make(
        ["model_version.created", WebhookEvent("prompt_alias", "deleted")],
        name="of.this_Test-1",
        description="about it",
        secret=SECRET,
    )
    assert (made.name, made.url, made.description) == ("of.this_Test-1", receiver.url, "about it")
    assert made.status == WebhookStatus.ACTIVE
    assert {str(event) for event in made.events} == {"model_version.created", "prompt_alias.deleted"}
    assert before - 1000 <= made.creation_timestamp == made.last_updated_timestamp
    assert made.secret is None  # never shown again
    read = client.get_webhook(made.webhook_id)
    assert (read.webhook_id, read.name, read.status) == (made.webhook_id, made.name, made.status)

    fields = {"name": "other", "events": ["prompt.created"], "status": "DISABLED"}
    changed = client.update_webhook(made.webhook_id, **fields)
    assert (changed.name, changed.status, changed.url) == ("other", WebhookStatus.DISABLED, receiver.url)
    assert [str(event) for event in changed.events] == ["prompt.created"]
    assert (changed.description, changed.creation_timestamp) == ("about it", made.creation_timestamp)
    assert client.update_webhook(made.webhook_id, description="").description is None

    client.delete_webhook(made.webhook_id)
    for call in (client.get_webhook, client.delete_webhook, client.test_webhook):
        with refused(f"Webhook with ID {made.webhook_id} not found", "RESOURCE_DOES_NOT_EXIST"):
            call(made.webhook_id)
    with refused("not found", "RESOURCE_DOES_NOT_EXIST"):
        client.update_webhook(made.webhook_id, name="again")


def test_webhooks_are_listed_newest_first_in_pages(client, make):
    made = [make().webhook_id for _ in range(3)]
    listed = [webhook.webhook_id for webhook in client.list_webhooks()]
    assert [webhook_id for webhook_id in listed if webhook_id in made] == made[::-1]
    pages, token = [], None
    while True:
        page = client.list_webhooks(max_results=2, page_token=token)
        pages += [webhook.webhook_id for webhook in page]
        assert len(page) <= 2
        token = page.token
        if not token:
            break
    assert [webhook_id for webhook_id in pages if webhook_id in made] == made[::-1]
    with refused("max_results must be between 1 and 1000"):
        client.list_webhooks(max_results=1001)


@pytest.mark.parametrize(
    ("fields", "match"),
    [
        ({"name": "-begins-badly"}, "Webhook name '-begins-badly' is invalid"),
        ({"name": "x" * 64}, "is invalid"),
        ({"name": "with space"}, "is invalid"),
        ({"name": ""}, "Missing value for required parameter 'name'"),
        ({"url": "ftp://example.org"}, "Invalid webhook URL scheme: 'ftp'"),
        ({"url": "no address"}, "Invalid webhook URL scheme: ''"),
        ({"url": "https://"}, "must include a hostname"),
        ({"url": " "}, "cannot be empty or just whitespace"),
        ({"events": []}, "Missing value for required parameter 'events'"),
    ],
)
def test_what_is_refused(client, make, fields, match):
    with refused(match):
        make(**fields)


def test_pairs_that_do_not_go_together_are_refused(client, server, make):
    made = make()
    pair = {"entity": "REGISTERED_MODEL", "action": "DELETED"}
    for method, path in (("POST", "webhooks"), ("PATCH", f"webhooks/{made.webhook_id}")):
        body = {"name": "pair", "url": made.url, "events": [pair]}
        answer = mlflow.utils.rest_utils.http_request(
            mlflow.utils.credentials.get_default_host_creds(server.url),
            f"/api/2.0/mlflow/{path}",
            method,
            json=body,
            raise_on_status=False,
        )
        assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
        assert "Invalid action 'deleted' for entity 'registered_model'" in answer.json()["message"]


def test_a_test_tells_what_the_receiver_said(client, receiver, make):
    made = make(["prompt_tag.set", "model_version.created"], secret=SECRET)
    result = client.test_webhook(made.webhook_id)
    assert (result.success, result.response_status, result.response_body) == (True, 200, "thank you")
    assert result.error_message is None
    came = receiver.next()
    assert is_signed(came)
    assert came.event["data"] in [get_example_payload_for_event(event) for event in made.events]
    for event in EVENTS:
        assert client.test_webhook(made.webhook_id, event).success
        came = receiver.next()
        assert came.name == event
        assert came.event["data"] == get_example_payload_for_event(WebhookEvent.from_str(event))
        assert is_signed(came)
    receiver.status, receiver.answer = 418, b"not today"
    result = client.test_webhook(made.webhook_id)
    assert (result.success, result.response_status, result.response_body) == (False, 418, "not today")


def test_a_test_of_an_address_where_nobody_listens(client, receiver, make):
    receiver.server.shutdown()
    receiver.server.server_close()
    result = client.test_webhook(make().webhook_id)
    assert (result.success, result.response_status) == (False, None)
    assert result.error_message.startswith("Failed to test webhook")


def test_every_event_arrives_signed_with_the_payload_of_mlflow(client, receiver, make, name):
    make(EVENTS, secret=SECRET)
    model, prompt = name, f"{name}_prompt"
    client.create_registered_model(model, tags={"team": "risk"}, description="of a test")
    version = client.create_model_version(model, "s3://bucket/model", tags={"k": "v"})
    client.set_model_version_tag(model, version.version, "checked", "yes")
    client.delete_model_version_tag(model, version.version, "checked")
    client.set_registered_model_alias(model, "champion", version.version)
    client.delete_registered_model_alias(model, "champion")
    client.create_prompt(prompt, description="of a test", tags={"team": "risk"})
    long = "Greet {{who}} kindly. " * 200
    client.create_prompt_version(prompt, long, description="first", tags={"k": "v"})
    client.set_prompt_tag(prompt, "about", "ants")
    client.delete_prompt_tag(prompt, "about")
    client.set_prompt_version_tag(prompt, "1", "checked", "yes")
    client.delete_prompt_version_tag(prompt, "1", "checked")
    client.set_prompt_alias(prompt, "live", 1)
    client.delete_prompt_alias(prompt, "live")

    found = receiver.until({event for event in EVENTS if not event.startswith("budget_policy")})
    for event, came in found.items():
        assert is_signed(came), event
        assert not is_signed(came, "another secret")
        told = came.event
        expected = typing.get_type_hints(get_payload_class_for_event(WebhookEvent.from_str(event)))
        assert told["data"].keys() == expected.keys(), event
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00", told["timestamp"])
        assert told["data"]["name"] == (prompt if event.startswith("prompt") else model)
        assert told["data"].get("version", "1") == "1"
    data = {event: came.event["data"] for event, came in found.items()}
    assert data["registered_model.created"] == {
        "name": model,
        "tags": {"team": "risk"},
        "description": "of a test",
    }
    assert data["model_version.created"] == {
        "name": model,
        "version": "1",
        "source": "s3://bucket/model",
        "run_id": None,
        "tags": {"k": "v"},
        "description": None,
    }
    assert data["prompt.created"] == {
        "name": prompt,
        "tags": {"team": "risk"},
        "description": "of a test",
    }
    assert data["prompt_version.created"]["template"] == long
    assert data["prompt_version.created"]["tags"] == {"k": "v"}
    assert data["prompt_tag.set"] == {"name": prompt, "key": "about", "value": "ants"}
    assert data["model_version_tag.deleted"] == {"name": model, "version": "1", "key": "checked"}
    assert data["prompt_alias.created"] == {"name": prompt, "alias": "live", "version": "1"}
    assert data["model_version_alias.deleted"] == {"name": model, "alias": "champion"}


def test_only_what_is_subscribed_comes_and_unsigned_without_a_secret(client, receiver, make, name):
    make(["model_version.created"])
    client.create_registered_model(name)
    client.set_registered_model_tag(name, "k", "v")
    client.create_model_version(name, "s3://bucket/1")
    client.create_prompt(f"{name}_prompt")
    client.create_prompt_version(f"{name}_prompt", "Hello")
    client.create_model_version(name, "s3://bucket/2")
    came = [receiver.next(), receiver.next()]
    assert {one.name for one in came} == {"model_version.created"}
    assert {one.event["data"]["source"] for one in came} == {"s3://bucket/1", "s3://bucket/2"}
    for one in came:
        assert "x-mlflow-signature" not in {header.lower() for header in one.headers}


def test_a_webhook_of_another_workspace_hears_nothing_of_this_one(client, receiver, make, name, request):
    if request.config.getoption("--against") == "mlflow":
        pytest.skip("the real server is started without workspaces")
    client.create_registered_model(f"{name}_before")
    mlflow.set_workspace("elsewhere")
    try:
        hook = make()
        assert [webhook.webhook_id for webhook in client.list_webhooks()] == [hook.webhook_id]
        mlflow.set_workspace(None)
        with refused("not found", "RESOURCE_DOES_NOT_EXIST"):
            client.get_webhook(hook.webhook_id)
        client.create_registered_model(f"{name}_here")
        mlflow.set_workspace("elsewhere")
        client.create_registered_model(f"{name}_there")
        came = receiver.next()
        assert (came.event["data"]["name"], came.event["workspace"]) == (f"{name}_there", "elsewhere")
        client.delete_webhook(hook.webhook_id)
    finally:
        mlflow.set_workspace(None)


def test_the_receiver_of_the_examples(client, make, server, tmp_path, name):
    """Both scripts as their README runs them, and the receiver believes nobody without the secret."""
    folder = ROOT / "examples" / "webhooks"
    env = {**os.environ, "WEBHOOK_SECRET": SECRET, "MLFLOW_TRACKING_URI": server.url}
    command = [sys.executable, str(folder / "receive.py"), "--port", "0"]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as process:
        try:
            url = process.stdout.readline().split()[-1]
            script = (folder / "subscribe.py").read_text().replace("announced-model", name)
            (tmp_path / "subscribe.py").write_text(script)
            done = subprocess.run(
                [sys.executable, str(tmp_path / "subscribe.py"), url], env=env, capture_output=True, text=True
            )
            assert done.returncode == 0, done.stderr
            assert done.stdout.strip() == "Test: 200 thank you"
            lines = sorted(process.stdout.readline().strip() for _ in range(4))
            assert lines == sorted(
                [
                    "registered_model created: example_model",
                    f"registered_model created: {name}",
                    f"model_version created: {name} 1",
                    f"model_version_alias created: {name} 1",
                ]
            )
            unbelieved = client.test_webhook(make(url=url, secret="another secret").webhook_id)
            assert (unbelieved.success, unbelieved.response_status) == (False, 401)
        finally:
            process.kill()
            for webhook in client.list_webhooks():
                if webhook.name == "my-receiver":
                    client.delete_webhook(webhook.webhook_id)


def test_the_receiver_of_the_examples_refuses_what_is_old_or_changed():
    spec = importlib.util.spec_from_file_location("receive", ROOT / "examples" / "webhooks" / "receive.py")
    receive = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(receive)
    body, now = b'{"entity": "prompt"}', 1_700_000_000
    mac = hmac.new(SECRET.encode(), b"d1.1700000000." + body, hashlib.sha256).digest()
    headers = {
        "X-MLflow-Delivery-Id": "d1",
        "X-MLflow-Timestamp": str(now),
        "X-MLflow-Signature": "v1," + base64.b64encode(mac).decode(),
    }
    assert receive.is_signed(SECRET, headers, body, now + 299)
    assert not receive.is_signed(SECRET, headers, body, now + 301)
    assert not receive.is_signed(SECRET, headers, body + b" ", now)
    assert not receive.is_signed("another secret", headers, body, now)
    for changed in (
        {"X-MLflow-Delivery-Id": "d2"},
        {"X-MLflow-Timestamp": str(now + 1)},
        {"X-MLflow-Signature": "v1,é"},
    ):
        assert not receive.is_signed(SECRET, {**headers, **changed}, body, now)
    assert not receive.is_signed(SECRET, {}, body, now)
