"""Sends the calls of a case and brings the answers of both servers into one form."""

import json
import re
import time
import urllib.parse
from typing import Any

import requests

from .calls import Call, Case
from .things import PASSWORD, Auth, Things

HOUR_MS = 3_600_000
PLACE = re.compile(r"\{(\w+)\}")
MADE_UP_NAME = re.compile(r"^[a-z]+-[a-z]+-\d+$")
HEX_ID = re.compile(r"[0-9a-f]{32}")
UNORDERED = {
    "metrics",
    "params",
    "tags",
    "dataset_inputs",
    "model_inputs",
    "model_outputs",
    "dataset_summaries",
    "events",
}
"""Lists whose order MLflow leaves to its database."""
WORDS_THAT_MATTER = re.compile(
    r"Missing value for required parameter '[^']+'"
    r"|for parameter '[^']+' supplied"
    r"|must be in the 'active' state"
    r"|Changing param values is not allowed"
    r"|No Experiment with id=|Could not find experiment"
    r"|Run with id=\S+ not found|Logged model with ID '\S+' not found"
    r"|No tag with name: \w+|already exists|[Ii]nvalid path"
    r"|Registered Model with name=.+? not found|Model Version \(name=.+?, version=\S+\) not found"
    r"|Registered model alias \S+ not found|Latest version not found for model|alias name .*is reserved"
    r"|Invalid alias name|Invalid Model Version stage|Invalid model version source|Invalid prompt source"
    r"|'source' cannot use the '\w+' scheme|must be an integer, got '\w*'|is already taken by"
    r"|Webhook name .+? is invalid|Invalid webhook URL scheme: '\w*'|Webhook URL must include a hostname"
    r"|Webhook URL cannot be empty|Webhook events must be a non-empty list|Webhook with ID \S+ not found"
    r"|Invalid action '\w+' for entity '\w+'|max_results must be between 1 and 1000"
)
"""Parts of messages that scripts of MLflow's users look for; the rest of a sentence is each server's own."""
HEADERS_THAT_MATTER = ("content-disposition", "content-range", "accept-ranges")


def answers_of(case: Case, url: str, root: Auth | None = None) -> list[dict]:
    """The normalised answers of all calls of `case` that are not quiet."""
    things = Things(url, root)
    told = []
    for call in case.calls:
        response = ask(call, things)
        if call.save and response.status_code == 200:
            for name, path in call.save.items():
                things.save(name, response.headers["etag"] if path == "etag" else dig(response.json(), path))
        if not call.quiet:
            told.append(normalised(response, things, case.own_tags))
    return told


def ask(call: Call, things: Things) -> requests.Response:
    body = call.body
    headers = dict(call.headers or {})
    if call.json is not None:
        body = json.dumps(filled(call.json, things)).encode()
        headers.setdefault("Content-Type", "application/json")
    elif body is not None:
        body = filled(body.decode("latin-1"), things).encode("latin-1")
    # Prepared by hand: `requests` would tidy up paths like a/../b before they are sent.
    query = urllib.parse.urlencode(filled(call.params, things), doseq=True) if call.params else ""
    path = filled(call.path, things)
    if not path.startswith("http"):  # an answer before may have told the whole address
        path = f"{things.url}/{path.removeprefix('/')}"
    address = path + (f"?{query}" if query else "")
    if call.by is not None:
        headers["Authorization"] = requests.auth._basic_auth_str(things[call.by], PASSWORD)
    request = requests.Request(call.method, things.url, data=body, headers=headers).prepare()
    request.url = address
    with requests.Session() as session:
        return session.send(request, timeout=120, allow_redirects=False)


def filled(value: Any, things: Things) -> Any:
    if isinstance(value, str):
        if (whole := PLACE.fullmatch(value)) and whole[1] in things.numbers:
            return int(things[whole[1]])
        return PLACE.sub(lambda match: things[match[1]] if things.knows(match[1]) else match[0], value)
    if isinstance(value, dict):
        return {key: filled(item, things) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [filled(item, things) for item in value]
    return value


def dig(value: Any, path: str) -> Any:
    for step in path.split("."):
        value = value[int(step)] if step.isdigit() else value[step]
    return value


def normalised(response: requests.Response, things: Things, own_tags: bool = False) -> dict:
    told: dict[str, Any] = {"status": response.status_code}
    parsed = as_json(response)
    if response.status_code >= 400:
        # Pages of the web framework (no such route, wrong method) have no code to compare.
        problem = parsed if isinstance(parsed, dict) else {}
        told["error_code"] = problem.get("error_code")
        said = WORDS_THAT_MATTER.search(problem.get("message", ""))
        told["says"] = said and Normaliser(things).text(said[0])
        return told
    if parsed is not None:
        told["body"] = Normaliser(things).value(parsed if own_tags else without_own_tags(parsed))
    else:
        told["body"] = response.content.decode("latin-1")
    for name in HEADERS_THAT_MATTER:
        if name in response.headers:
            told[name] = response.headers[name]
    if (disposition := told.get("content-disposition")) is not None:
        told["content-disposition"] = kind_and_name(disposition)
    return told


def without_own_tags(value: Any) -> Any:
    """Our server says in tags of a version what it came from; see compat/deviations/registry.json."""
    if isinstance(value, dict):
        kept = {name: without_own_tags(item) for name, item in value.items()}
        return {name: item for name, item in kept.items() if name != "tags" or item != []}
    if isinstance(value, list):
        return [
            without_own_tags(item)
            for item in value
            if not (isinstance(item, dict) and str(item.get("key", "")).startswith("orrery."))
        ]
    return value


def kind_and_name(disposition: str) -> list[str]:
    """`attachment; filename="a b.txt"; filename*=UTF-8''a%20b.txt` in whichever way it is written."""
    parts = [part.strip() for part in disposition.split(";")]
    fields = dict(part.split("=", 1) for part in parts[1:])
    name = fields.get("filename*", fields.get("filename", "")).removeprefix("UTF-8''").strip('"')
    return [parts[0], urllib.parse.unquote(name)]


def as_json(response: requests.Response) -> Any:
    if "json" not in response.headers.get("content-type", ""):
        return None
    try:
        return response.json()
    except ValueError:
        return None


def parsed_or_none(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


class Normaliser:
    """Ids become the names they have in the case, times of the server `<now>`, made-up names `<made up>`."""

    def __init__(self, things: Things) -> None:
        self.names = {known: f"<{name}>" for name, known in things.ids.items()}
        self.experiments = {
            known: f"<{name}>" for name, known in things.ids.items() if known.isdigit() and len(known) < 20
        }
        self.now_ms = time.time() * 1000

    def value(self, value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: self.value(item, name) for name, item in sorted(value.items())}
        if isinstance(value, list):
            items = [self.value(item, key) for item in value]
            return (
                sorted(items, key=lambda item: json.dumps(item, sort_keys=True))
                if key in UNORDERED
                else items
            )
        if isinstance(value, str):
            return self.text(value, key)
        if key in ("id", "user_id", "role_id"):
            return "<number>"
        if isinstance(value, (int, float)) and abs(value - self.now_ms) < HOUR_MS:
            return "<now>"
        return value

    def text(self, text: str, key: str = "") -> str:
        if key == "next_page_token":
            return "<token>"
        if key == "webhook_id":
            return "<webhook>"
        if key == "error_message":
            return "<said>"
        if text.startswith(("[{", '{"')) and (inner := parsed_or_none(text)) is not None:
            text = json.dumps(inner, sort_keys=True)  # JSON within a text: its spaces mean nothing
        if key in ("run_name", "value", "name") and MADE_UP_NAME.match(text):
            return "<made up>"
        if key == "role_name":
            text = re.sub(r"^__user_\d+__$", "__user_<number>__", text)
        if key == "resource_pattern":
            return self.experiments.get(text, text)
        if key in ("experiment_id", "experiment_ids"):
            return self.experiments.get(text, text if text == "0" else "<experiment>")
        text = HEX_ID.sub(lambda match: self.named(match[0]), text)
        for known, name in self.names.items():
            if len(known) > 8:
                text = text.replace(known, name)
        return re.sub(
            r"mlflow-artifacts:/(\d+)",
            lambda m: f"mlflow-artifacts:/{self.experiments.get(m[1], m[1])}",
            text,
        )

    def named(self, found: str) -> str:
        """An id that the case did not name is named by the order in which it appears."""
        if f"m-{found}" in self.names:
            return self.names[f"m-{found}"].removeprefix("m-")
        if found not in self.names:
            self.names[found] = (
                f"<id {sum(1 for name in self.names.values() if name.startswith('<id ')) + 1}>"
            )
        return self.names[found]
