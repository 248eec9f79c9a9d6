"""Prompts as the client keeps them among the models."""

from ..calls import case, delete, get, post, quietly

IS_PROMPT = {"key": "mlflow.prompt.is_prompt", "value": "true"}
TEXT = {"key": "mlflow.prompt.text", "value": "Hello {{x}}"}


def create(name="p {word}", *tags, **body):
    return post("registered-models/create", {"name": name, "tags": [IS_PROMPT, *tags], **body})


def version(*tags, source="dummy-source", name="{prompt}", **body):
    return post("model-versions/create", {"name": name, "source": source, "tags": [*tags], **body})


def models(filter):
    return get("registered-models/search", {"filter": filter})


def versions(filter):
    return get("model-versions/search", {"filter": filter})


CASES = [
    case(
        "prompt: created, given versions, read",
        create(description="of greetings"),
        version(IS_PROMPT, TEXT, name="p {word}", description="first"),
        version(IS_PROMPT, TEXT, name="p {word}", source="prompt-template"),
        get("registered-models/get", {"name": "p {word}"}),
        get("model-versions/get", {"name": "p {word}", "version": "1"}),
        get("registered-models/alias", {"name": "p {word}", "alias": "latest"}),
        get("model-versions/get-download-uri", {"name": "p {word}", "version": "1"}),
    ),
    *(
        case(f"prompt: a version of the source {source!r}", version(IS_PROMPT, TEXT, source=source))
        for source in ("s3://bucket/model", "", "dummy-source/x", "/etc", "models:/{reg}/1")
    ),
    case(
        "prompt: a version without the tag",
        version(TEXT),
        get("registered-models/get", {"name": "{prompt}"}),
    ),
    case("prompt: a version of a model", version(IS_PROMPT, TEXT, name="{reg}")),
    case("prompt: a model's version of a placeholder", version(name="{reg}")),
    case(
        "prompt: a text beyond the limit",
        version(IS_PROMPT, {"key": "mlflow.prompt.text", "value": "t" * 100_001}),
    ),
    case(
        "prompt: a source of a version",
        quietly(version(IS_PROMPT, TEXT)),
        version(name="{reg}", source="models:/{prompt}/1"),
    ),
    case(
        "prompt: hidden among models, found among prompts",
        quietly(version(IS_PROMPT, TEXT)),
        quietly(version(name="{reg}", source="s3://b/m")),
        models("name IN ('{prompt}')"),
        models("name = '{prompt}'"),
        models("name = '{prompt}' AND tag.`mlflow.prompt.is_prompt` = 'true'"),
        models("tag.`mlflow.prompt.is_prompt` = 'true' AND name = '{reg}'"),
        versions("name = '{prompt}'"),
        versions("name = '{prompt}' AND tag.`mlflow.prompt.is_prompt` = 'true'"),
        versions("name = '{reg}' AND tag.`mlflow.prompt.is_prompt` != 'true'"),
    ),
    case(
        "prompt: deleted",
        quietly(version(IS_PROMPT, TEXT)),
        delete("/api/2.0/mlflow/model-versions/delete", {"name": "{prompt}", "version": "1"}),
        delete("/api/2.0/mlflow/registered-models/delete", {"name": "{prompt}"}),
        get("registered-models/get", {"name": "{prompt}"}),
    ),
]
