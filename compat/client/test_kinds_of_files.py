"""log_table, log_image, log_figure, log_dict, log_text and log_stream, and their way back."""

import io
import json
import pathlib

import matplotlib.pyplot as plt
import mlflow
import numpy as np
import pandas as pd
from PIL import Image


def test_text_and_dictionaries(client, run):
    client.log_text(run, "żółć\n", "notes/text.txt")
    client.log_dict(run, {"a": [1, 2, {"b": None}]}, "config.json")
    client.log_dict(run, {"a": [1, 2]}, "config.yaml")
    uri = client.get_run(run).info.artifact_uri
    assert mlflow.artifacts.load_text(f"{uri}/notes/text.txt") == "żółć\n"
    assert mlflow.artifacts.load_dict(f"{uri}/config.json") == {"a": [1, 2, {"b": None}]}
    assert mlflow.artifacts.load_text(f"{uri}/config.yaml") == "a:\n- 1\n- 2\n"


def test_streams(client, run):
    client.log_stream(run, io.BytesIO(b"\x00\x01" * 1000), "raw.bin")
    assert pathlib.Path(client.download_artifacts(run, "raw.bin")).read_bytes() == b"\x00\x01" * 1000


def test_figures(client, run):
    figure, axes = plt.subplots()
    axes.plot([0, 1], [1, 0])
    client.log_figure(run, figure, "plots/line.png")
    plt.close(figure)
    image = mlflow.artifacts.load_image(f"{client.get_run(run).info.artifact_uri}/plots/line.png")
    assert image.size[0] > 100


def test_images_by_file_and_by_key_and_step(client, run):
    pixels = np.random.default_rng(0).integers(0, 255, (32, 48, 3), dtype=np.uint8)
    client.log_image(run, pixels, artifact_file="one.png")
    client.log_image(run, Image.fromarray(pixels), key="dog", step=3)
    client.log_image(run, pixels, key="dog", step=4)
    assert mlflow.artifacts.load_image(f"{client.get_run(run).info.artifact_uri}/one.png").size == (48, 32)
    names = [entry.path for entry in client.list_artifacts(run, "images")]
    assert len(names) == 4
    assert any("dog+step+3" in name or "dog%step%3" in name for name in names)
    assert client.get_run(run).data.tags["mlflow.loggedImages"] == "True"


def test_tables_grow_and_are_read_over_runs(client, experiment):
    for number in range(2):
        run = client.create_run(experiment).info.run_id
        client.log_table(run, {"question": ["a", "b"], "score": [number, 1]}, "eval/table.json")
        client.log_table(run, pd.DataFrame({"question": ["c"], "score": [2]}), "eval/table.json")
        logged = json.loads(client.get_run(run).data.tags["mlflow.loggedArtifacts"])
        assert logged == [{"path": "eval/table.json", "type": "table"}]
    table = client.load_table(experiment, "eval/table.json", extra_columns=["run_id"])
    assert len(table) == 6
    assert sorted(table["question"]) == ["a", "a", "b", "b", "c", "c"]
    assert table["run_id"].nunique() == 2
