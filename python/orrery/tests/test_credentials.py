"""Which credential goes where."""

import base64
import datetime
import json
import pathlib
import re
import time

import pytest
from conftest import keep

from orrery import OrreryError, Workspace
from orrery.addresses import split_address
from orrery.credentials import authorization_for, config_folder, current_profile, kept_for, token_for

S = "http://host:5000"


def refused(code):
    return pytest.raises(OrreryError, check=lambda error: error.code == code)


@pytest.mark.parametrize(
    ("address", "server", "workspace"),
    [
        ("http://Host:5000/", "http://host:5000", None),
        ("HTTPS://h:443/base/workspaces/vision/", "https://h/base", "vision"),
        ("http://h:80/workspaces/a%20b", "http://h", "a b"),
        ("http://[::1]:5000", "http://[::1]:5000", None),
        ("http://h/workspaces", "http://h/workspaces", None),
    ],
)
def test_an_address_is_split_as_the_command_line_splits_it(address, server, workspace):
    assert split_address(address) == (server, workspace)


@pytest.mark.parametrize(
    ("place", "token"),
    [
        (f"{S}/workspaces/default", "server"),
        (f"{S}/workspaces/vision", "vision"),
        (f"{S}/workspaces/vision-2", "server"),
        (S, "server"),
        ("http://host:50/workspaces/default", None),
        ("http://host:50001", None),
        ("https://host:5000", None),
        ("http://host.evil:5000", None),
        ("http://other:5000", None),
    ],
)
def test_the_longest_address_that_the_place_is_in_wins(place, token):
    keep({S: {"token": "server"}, f"{S}/workspaces/vision": {"token": "vision"}})
    assert token_for(place) == token


def test_a_new_login_is_seen_at_once():
    keep({S: {"token": "one"}})
    assert token_for(S) == "one"
    keep({S: {"token": "two"}})
    assert token_for(S) == "two"
    keep({})
    assert token_for(S) is None


def test_variables_win_and_go_only_to_the_server_that_they_are_for(monkeypatch):
    keep({S: {"token": "kept"}, "http://other": {"token": "others"}})
    monkeypatch.setenv("ORRERY_TOKEN", "from-environment")
    assert token_for(S) == "kept"
    monkeypatch.setenv("ORRERY_URL", f"{S}/workspaces/vision")
    assert token_for(f"{S}/workspaces/default") == "from-environment"
    assert token_for("http://other/workspaces/default") == "others"
    assert token_for("http://third") is None
    monkeypatch.delenv("ORRERY_URL")
    monkeypatch.delenv("ORRERY_TOKEN")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", S)
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "of-mlflow")
    assert authorization_for(S) == "Bearer of-mlflow"
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "ada")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "pass")
    assert authorization_for(S) == "Basic " + base64.b64encode(b"ada:pass").decode()
    assert authorization_for("http://other") == "Bearer others"


UNKNOWN = "orrery_pat_" + "x" * 43


def told_of(**more) -> str:
    with refused("UNAUTHENTICATED") as caught:
        Workspace(**more)
    assert caught.value.status == 401
    return str(caught.value)


@pytest.mark.one_engine
def test_a_token_that_was_not_taken_is_told_by_where_it_came_from(guarded, monkeypatch):
    url, why = guarded.url, "it is wrong, was revoked, or has expired."
    assert told_of(url=url) == (
        f"{url} asks who you are, and no credential is known for it."
        f" Sign in with `orrery login {url}`, or set ORRERY_URL and ORRERY_TOKEN."
    )
    assert told_of(url=url, token=UNKNOWN).startswith(
        f"The credential that was given to this program was not taken: {why}"
    )
    keep({url: {"token": UNKNOWN}}, {"current": "work", "profiles": {"work": {"url": url}}})
    assert told_of() == (
        f"The token of profile 'work', which `orrery login` keeps for {url}, was not taken: {why}"
        f" Sign in again with `orrery login {url} --profile work`."
    )
    monkeypatch.setenv("ORRERY_TOKEN", UNKNOWN)
    keep({})
    assert "ORRERY_TOKEN goes to the server of ORRERY_URL alone." in told_of(url=url)
    monkeypatch.setenv("ORRERY_URL", url)
    assert told_of() == (
        f"The token in ORRERY_TOKEN was not taken: {why}"
        f" Put another one into ORRERY_TOKEN, or unset it and sign in with `orrery login {url}`."
    )
    monkeypatch.delenv("ORRERY_TOKEN")
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "hunter2")
    assert told_of().startswith(
        "The token in MLFLOW_TRACKING_TOKEN was not taken: it is no token of Orrery: those begin with `orrery_`."
    )
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "ada")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "wrong")
    assert told_of().startswith(
        f"The password in MLFLOW_TRACKING_PASSWORD, for the name in MLFLOW_TRACKING_USERNAME, was not taken: {why}"
    )


@pytest.mark.one_engine
def test_a_token_that_has_expired_is_told_with_its_end(guarded, monkeypatch):
    made = guarded.call("ada", "POST", "/api/orrery/v1/tokens", name="short", life_ms=1000, all_workspaces=True)
    ends = made["details"]["expiration_timestamp"]
    while time.time() * 1000 <= ends:
        time.sleep(0.02)
    told = datetime.datetime.fromtimestamp(ends / 1000, datetime.timezone.utc)
    at = told.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    monkeypatch.setenv("ORRERY_URL", guarded.url)
    monkeypatch.setenv("ORRERY_TOKEN", made["token"])
    # The server itself says so for as long as it has the token, and forgets it within a minute.
    assert re.match(
        rf"The token in ORRERY_TOKEN was not taken: it (expired at {at}|is wrong, was revoked, or has expired)\. Put",
        told_of(),
    )
    monkeypatch.delenv("ORRERY_TOKEN")
    entry = {"token": made["token"], "token_id": made["details"]["id"], "expires": ends}
    keep({guarded.url: entry})
    assert told_of() == (
        f"The token, which `orrery login` keeps for {guarded.url}, was not taken: it expired at {at}."
        f" Sign in again with `orrery login {guarded.url}`."
    )
    assert kept_for(guarded.url).entry == entry, "what has ended is not renewed"


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"http://host:5000": "token"}', '{"http://host:5000": {"token": 7}}']
)
def test_a_broken_file_is_told_with_its_path(text):
    folder = keep({})
    (folder / "credentials.json").write_text(text)
    with refused("UNREADABLE_CREDENTIALS") as caught:
        token_for(S)
    assert str(folder / "credentials.json") in str(caught.value)


def test_a_file_that_others_can_read_is_refused():
    folder = keep({S: {"token": "one"}})
    (folder / "credentials.json").chmod(0o644)
    with refused("UNREADABLE_CREDENTIALS") as caught:
        token_for(S)
    assert f"chmod 600 {folder / 'credentials.json'}" in str(caught.value)


def test_profiles(monkeypatch):
    profiles = {"default": {"url": S, "workspace": "vision"}, "test": {"url": "http://test"}}
    folder = keep({}, {"current": "default", "profiles": profiles})
    assert current_profile() == ("default", S, "vision")
    monkeypatch.setenv("ORRERY_PROFILE", "test")
    assert current_profile() == ("test", "http://test", None)
    monkeypatch.setenv("ORRERY_PROFILE", "none")
    assert current_profile().url is None
    (folder / "config.json").write_text(json.dumps({"profiles": {"none": {"url": 7}}}))
    with refused("INVALID_CONFIG") as caught:
        current_profile()
    assert "profiles.none.url" in str(caught.value)


def test_where_the_files_are(monkeypatch, tmp_path):
    assert config_folder() == tmp_path / "config"
    monkeypatch.delenv("ORRERY_CONFIG_DIR")
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    assert config_folder() == pathlib.Path.home() / ".config" / "orrery"
    monkeypatch.setenv("XDG_CONFIG_HOME", "/xdg")
    assert config_folder() == pathlib.Path("/xdg/orrery")
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setenv("APPDATA", "/appdata")
    assert config_folder() == pathlib.Path("/appdata/orrery")
