"""The prompt registry through MlflowClient and mlflow.genai: prompts are kept among the models."""

import uuid

import mlflow
import pytest
from mlflow.exceptions import MlflowException


@pytest.fixture
def name() -> str:
    return f"prompt_{uuid.uuid4().hex[:8]}"


def test_a_prompt_is_registered_and_loaded(client, experiment, name):
    made = mlflow.genai.register_prompt(
        name, "Greet {{who}} in {{style}}.", commit_message="first", tags={"author": "a"}
    )
    assert (made.version, made.template, made.commit_message) == (1, "Greet {{who}} in {{style}}.", "first")
    second = client.register_prompt(name, "Greet {{who}}.", commit_message="shorter", tags={"author": "b"})
    assert second.version == 2
    client.set_prompt_alias(name, "production", 1)
    for uri, version in (
        (f"prompts:/{name}/1", 1),
        (f"prompts:/{name}/2", 2),
        (f"prompts:/{name}@production", 1),
        (f"prompts:/{name}@latest", 2),
    ):
        read = mlflow.genai.load_prompt(uri, cache_ttl_seconds=0)
        assert (read.version, read.name) == (version, name), uri
    assert client.load_prompt(name, 1).format(who="me", style="verse") == "Greet me in verse."
    assert client.load_prompt(name, 7, allow_missing=True) is None
    assert client.load_prompt(f"prompts:/{name}@nobody", allow_missing=True) is None
    assert client.get_prompt(name).tags["author"] == "b"
    assert client.get_prompt_version(name, 1).tags["author"] == "a"
    assert client.get_prompt_version_by_alias(name, "production").version == 1


def test_a_chat_prompt_with_format_and_model(client, name):
    template = [
        {"role": "system", "content": "You are {{kind}}."},
        {"role": "user", "content": "{{question}}"},
    ]
    client.register_prompt(
        name,
        template,
        response_format={"type": "object", "properties": {"answer": {"type": "string"}}},
        model_config={"model_name": "m", "temperature": 0.5},
    )
    read = client.load_prompt(name, 1)
    assert read.template == template
    assert read.response_format["properties"] == {"answer": {"type": "string"}}
    assert read.model_config["temperature"] == 0.5


def test_a_prompt_is_created_without_a_version(client, name):
    made = client.create_prompt(name, description="of greetings", tags={"team": "a"})
    assert (made.name, made.description, made.tags["team"]) == (name, "of greetings", "a")
    first = client.create_prompt_version(name, "Hello {{x}}", description="first", tags={"k": "v"})
    assert (first.version, first.template) == (1, "Hello {{x}}")
    assert [found.version for found in client.search_prompt_versions(name)] == [1]


def test_a_long_prompt_is_kept_whole(client, name):
    template = "ß" * 50_000 + "a" * 50_000
    client.register_prompt(name, template)
    assert client.load_prompt(name, 1).template == template
    with pytest.raises(MlflowException, match="exceeds max length") as refused:
        client.register_prompt(name, template + "b")
    assert refused.value.error_code == "INVALID_PARAMETER_VALUE"


def test_tags_and_aliases_of_a_prompt(client, name):
    client.register_prompt(name, "a")
    client.register_prompt(name, "b")
    client.set_prompt_tag(name, "team", "a")
    mlflow.genai.set_prompt_tag(name, "gone", "x")
    client.delete_prompt_tag(name, "gone")
    assert (client.get_prompt(name).tags["team"], "gone" in client.get_prompt(name).tags) == ("a", False)
    client.set_prompt_version_tag(name, 1, "k", "1")
    mlflow.genai.set_prompt_version_tag(name, 1, "gone", "x")
    client.delete_prompt_version_tag(name, 1, "gone")
    assert client.get_prompt_version(name, 1).tags == {"k": "1"}
    client.set_prompt_alias(name, "a", 1)
    client.set_prompt_alias(name, "a", 2)
    assert client.get_prompt_version_by_alias(name, "a").version == 2
    client.delete_prompt_alias(name, "a")
    assert client.load_prompt(f"prompts:/{name}@a", allow_missing=True, cache_ttl_seconds=0) is None


def test_prompts_are_searched(client, name):
    for i in range(3):
        client.register_prompt(f"{name}_{i}", "x", tags={"team": "a" if i else "b"})
    found = client.search_prompts(f"name LIKE '{name}%'", max_results=2)
    rest = client.search_prompts(f"name LIKE '{name}%'", max_results=2, page_token=found.token)
    assert [prompt.name[-1] for prompt in [*found, *rest]] == ["0", "1", "2"]
    named = mlflow.genai.search_prompts(f"name LIKE '{name}%' AND tags.team = 'a'")
    assert [prompt.name[-1] for prompt in named] == ["1", "2"]
    versions = client.search_prompt_versions(f"{name}_1")
    assert [(version.version, version.template) for version in versions] == [(1, "x")]


def test_prompts_and_models_keep_out_of_each_others_way(client, name):
    client.register_prompt(name, "x")
    client.create_registered_model(f"{name}_model")
    client.create_model_version(f"{name}_model", "s3://somewhere/model")
    like = f"name LIKE '{name}%'"
    assert [model.name for model in client.search_registered_models(like)] == [f"{name}_model"]
    assert [version.name for version in client.search_model_versions(like)] == [f"{name}_model"]
    assert [prompt.name for prompt in client.search_prompts(like)] == [name]
    with pytest.raises(MlflowException, match="already"):
        client.create_registered_model(name)
    with pytest.raises(MlflowException, match="exists with the same name"):
        client.register_prompt(f"{name}_model", "x")
    with pytest.raises(MlflowException, match="registered as a model|not a prompt|not found"):
        client.load_prompt(f"{name}_model", 1)


def test_a_prompt_is_deleted_version_by_version(client, name):
    client.register_prompt(name, "a")
    client.register_prompt(name, "b")
    client.delete_prompt_version(name, "1")
    assert client.load_prompt(name, 1, allow_missing=True, cache_ttl_seconds=0) is None
    client.delete_prompt_version(name, "2")
    client.delete_prompt(name)
    assert client.get_prompt(name) is None
    assert client.search_prompts(f"name = '{name}'") == []


def test_a_prompt_is_linked_to_runs_and_models(client, experiment, name):
    client.register_prompt(name, "x")
    run_id = client.create_run(experiment).info.run_id
    model_id = client.create_logged_model(experiment, name="agent").model_id
    client.link_prompt_version_to_run(run_id, f"prompts:/{name}/1")
    client.link_prompt_version_to_model(name, "1", model_id)
    assert name in client.get_run(run_id).data.tags["mlflow.linkedPrompts"]
    assert name in client.get_logged_model(model_id).tags["mlflow.linkedPrompts"]
    client.set_prompt_version_tag(name, "1", "mlflow.prompt.associatedRunIds", run_id)
    assert [prompt.name for prompt in client.list_logged_prompts(run_id)] == [name]
    client.detach_prompt_from_run(run_id, f"prompts:/{name}/1")
    assert client.list_logged_prompts(run_id) == []
    assert client.parse_prompt_uri(f"prompts:/{name}/1") == (name, "1")


def test_prompts_loaded_in_a_run_are_linked_to_it(client, experiment, name):
    mlflow.genai.register_prompt(name, "x")
    with mlflow.start_run() as run:
        mlflow.genai.load_prompt(f"prompts:/{name}/1", cache_ttl_seconds=0)
    assert name in client.get_run(run.info.run_id).data.tags["mlflow.linkedPrompts"]
