"""Tokens that are renewed by themselves."""

import json
import os
import subprocess
import threading
import time

import pytest
import requests
from conftest import ROOT, keep
from fake_server import fake_server

from orrery import Workspace
from orrery.core import Core
from orrery.credentials import kept_for
from orrery.signing import Renewals, sign

JSON = {"Content-Type": "application/json"}
DAY = 24 * 3600


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def renewing(asked, number):
    return 201, JSON, json.dumps({"token": f"orrery_run_{number}", "expiration_timestamp": 1}).encode()


def test_the_token_of_a_run_is_renewed_at_first_and_then_before_its_hour_is_over(monkeypatch):
    clock = Clock()
    with fake_server(renewing) as (url, asked):
        renewals, place = Renewals(clock), f"{url}/workspaces/default"
        monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "orrery_run_0")
        assert renewals.of_run("orrery_run_0", place) == "orrery_run_1"
        assert asked[0].headers["authorization"] == "Bearer orrery_run_0"
        assert asked[0].path == "/workspaces/default/api/orrery/v1/tokens/renew"
        assert os.environ["MLFLOW_TRACKING_TOKEN"] == "orrery_run_1"
        clock.now += 3299
        assert renewals.of_run("orrery_run_0", place) == "orrery_run_1"
        assert renewals.of_run("orrery_run_1", place) == "orrery_run_1"
        assert len(asked) == 1
        clock.now += 2
        assert renewals.of_run("orrery_run_0", place) == "orrery_run_2"
        assert asked[1].headers["authorization"] == "Bearer orrery_run_1"
        assert renewals.of_run("orrery_run_0", place) == "orrery_run_2"
        assert len(asked) == 2


def test_a_refused_renewal_is_tried_once_a_minute():
    clock = Clock()
    no = json.dumps({"error_code": "UNAUTHENTICATED", "message": "The run is no longer running."}).encode()
    with fake_server(lambda asked, number: (401, JSON, no)) as (url, asked):
        renewals = Renewals(clock)
        for _ in range(50):
            assert renewals.of_run("orrery_run_0", url) == "orrery_run_0"
        assert len(asked) == 1
        clock.now += 61
        renewals.of_run("orrery_run_0", url)
        assert len(asked) == 2


def test_one_thread_renews_and_the_others_go_on():
    begun, may_end = threading.Event(), threading.Event()

    def slow(asked, number):
        begun.set()
        may_end.wait(10)
        return renewing(asked, number)

    with fake_server(slow) as (url, asked):
        renewals = Renewals()
        first = threading.Thread(target=renewals.of_run, args=("orrery_run_0", url))
        first.start()
        assert begun.wait(10)
        assert [renewals.of_run("orrery_run_0", url) for _ in range(5)] == ["orrery_run_0"] * 5
        may_end.set()
        first.join(10)
        assert renewals.of_run("orrery_run_0", url) == "orrery_run_1"
        assert len(asked) == 1


def test_every_request_of_the_core_has_the_newest(monkeypatch):
    def answer(asked, number):
        return renewing(asked, number) if asked.path.endswith("/renew") else (200, JSON, b"{}")

    with fake_server(answer) as (url, asked):
        monkeypatch.setenv("MLFLOW_TRACKING_URI", url)
        monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", f"orrery_run_of_{url}")
        Core(url).mlflow("GET", "runs/get", {})
        assert [each.headers["authorization"] for each in asked] == [
            f"Bearer orrery_run_of_{url}",
            "Bearer orrery_run_1",
        ]


def made(guarded, life_ms: int) -> dict:
    told = guarded.call(
        "ada", "POST", "/api/orrery/v1/tokens", name="cli", life_ms=life_ms, all_workspaces=True
    )
    return {
        "token": told["token"],
        "token_id": told["details"]["id"],
        "user": "ada",
        "expires": told["details"]["expiration_timestamp"],
    }


def test_a_personal_token_gets_a_successor_in_the_last_tenth_of_its_life(guarded):
    entry = made(guarded, 50 * DAY * 1000)
    place = f"{guarded.url}/workspaces/default"
    keep({guarded.url: entry, "http://other": {"token": "stays"}})
    wall = Clock()
    wall.now = entry["expires"] / 1000 - 6 * DAY
    Renewals(wall=wall).of_login(kept_for(place), place)
    assert kept_for(place).entry["token"] == entry["token"], "six days are more than a tenth of fifty"
    wall.now = entry["expires"] / 1000 - 4 * DAY
    Renewals(wall=wall).of_login(kept_for(place), place)
    found = kept_for(place).entry
    assert found["token"].startswith("orrery_pat_") and found["token"] != entry["token"]
    assert found["user"] == "ada"
    assert found["predecessors"] == [entry["token_id"]]
    assert found["expires"] - time.time() * 1000 == pytest.approx(50 * DAY * 1000, abs=60_000)
    assert kept_for("http://other").entry == {"token": "stays"}
    folder = os.environ["ORRERY_CONFIG_DIR"]
    assert os.stat(f"{folder}/credentials.json").st_mode & 0o777 == 0o600
    assert os.listdir(folder) == ["credentials.json"]
    for token in (entry["token"], found["token"]):
        headers = {"Authorization": f"Bearer {token}"}
        assert requests.get(f"{place}/api/2.0/mlflow/users/current", headers=headers, timeout=10).ok
    listed = guarded.call("ada", "GET", "/api/orrery/v1/tokens")["tokens"]
    [details] = [each for each in listed if each["id"] == found["token_id"]]
    assert (details["all_workspaces"], details["read_only"]) == (True, False)


@pytest.mark.one_engine
def test_logout_ends_the_successor_and_the_one_before(guarded):
    entry = made(guarded, 50 * DAY * 1000)
    profile = {"url": guarded.url, "workspace": "default"}
    keep({guarded.url: entry}, {"current": "default", "profiles": {"default": profile}})
    place = f"{guarded.url}/workspaces/default"
    Renewals(wall=lambda: entry["expires"] / 1000 - 4 * DAY).of_login(kept_for(place), place)
    tokens = [entry["token"], kept_for(place).entry["token"]]

    def is_taken(token):
        headers = {"Authorization": f"Bearer {token}"}
        return requests.get(f"{place}/api/2.0/mlflow/users/current", headers=headers, timeout=10).ok

    assert [is_taken(token) for token in tokens] == [True, True]
    done = subprocess.run([str(ROOT / "orrery"), "logout"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, f"Signed out of {guarded.url}.\n")
    assert [is_taken(token) for token in tokens] == [False, False]
    assert kept_for(place) is None


def test_a_new_login_meanwhile_stays(guarded):
    old, new = made(guarded, DAY * 1000), made(guarded, DAY * 1000)
    keep({guarded.url: old})
    place = f"{guarded.url}/workspaces/default"
    found = kept_for(place)
    keep({guarded.url: new})
    wall = Clock()
    wall.now = old["expires"] / 1000 - 600
    Renewals(wall=wall).of_login(found, place)
    assert kept_for(place).entry == new


def test_a_service_token_and_trouble_leave_what_there_is(guarded):
    place = f"{guarded.url}/workspaces/default"
    soon = int((time.time() + 60) * 1000)
    for entry in (
        {"token": "orrery_svc_x", "token_id": "1", "expires": soon},
        {"token": "orrery_pat_x", "token_id": "1", "expires": soon},
        {"token": "orrery_pat_x", "expires": soon},
    ):
        keep({guarded.url: entry})
        Renewals().of_login(kept_for(place), place)
        assert kept_for(place).entry == entry
        assert sign(place) == f"Bearer {entry['token']}"


@pytest.mark.one_engine
@pytest.mark.parametrize("life_ms", [DAY * 1000, 120_000])
def test_a_clock_that_runs_ahead_and_a_very_short_life_make_one_successor(guarded, life_ms):
    entry = made(guarded, life_ms)
    keep({guarded.url: entry})
    place = f"{guarded.url}/workspaces/default"
    clock, before = Clock(), len(guarded.call("ada", "GET", "/api/orrery/v1/tokens")["tokens"])
    renewals = Renewals(clock, lambda: entry["expires"] / 1000 - 10)
    for _ in range(5):
        clock.now += 1
        renewals.of_login(kept_for(place), place)
    assert len(guarded.call("ada", "GET", "/api/orrery/v1/tokens")["tokens"]) == before + 1


@pytest.mark.one_engine
def test_the_core_signs_with_the_successor(guarded, monkeypatch):
    entry = made(guarded, 3_600_000)
    keep({guarded.url: entry})
    monkeypatch.setattr("orrery.signing.renewals", Renewals(wall=lambda: entry["expires"] / 1000 - 200))
    ws = Workspace(url=guarded.url)
    assert kept_for(ws.get_mlflow_tracking_uri()).entry["token"] != entry["token"]
