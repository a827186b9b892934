"""Stores in buckets: what their servers must heed, what each vendor is told, and which errors say what."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from reconciler.errors import InventoryError, NotAllowed, SettingsError
from reconciler.inventory import bucket, open_store
from reconciler.inventory.store import Moved

from .inventory_servers import CREDENTIALS, s3, serving


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)


def at(endpoint: str, path: str = "tests/i.json") -> Any:
    return open_store("s3", path, Path("/"), {"endpoint": endpoint, "region": "us-east-1"})


@pytest.fixture(scope="module")
def careless() -> Iterator[str]:
    with s3(ignores=("HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH")) as endpoint:
        yield endpoint


def test_a_server_that_does_not_heed_conditions_is_refused_before_anything_is_done(
    credentials: None, careless: str
) -> None:
    store = at(careless)
    problem = r"s3://tests/i\.json: this server writes although the condition"
    with pytest.raises(InventoryError, match=problem) as caught, store.lock(0):
        pytest.fail("held")
    assert "If-Match" in caught.value.hint
    assert store.unlock() == "The inventory is not locked."


@pytest.mark.parametrize("condition", ["HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH"])
def test_half_of_the_conditions_is_not_enough(credentials: None, condition: str) -> None:
    with s3(ignores=(condition,)) as endpoint:
        store = at(endpoint)
        with pytest.raises(InventoryError, match="although the condition"), store.lock(0):
            pytest.fail("held")


def test_a_bucket_that_is_not_there_is_no_empty_inventory(credentials: None, s3_endpoint: str) -> None:
    for use in (lambda store: store.load(), lambda store: store.receipts()):
        with pytest.raises(
            InventoryError, match=r"(read|list) s3://nowhere/i\.json.*: .*404 Not Found \(NoSuchBucket\)"
        ):
            use(at(s3_endpoint, "nowhere/i.json"))


@contextmanager
def answering(status: str, code: str) -> Iterator[str]:
    """A server that always answers the same, with a body that no message may repeat."""

    def answer(environment: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        body = f"<Error><Code>{code}</Code><Message>s3cr3t details</Message></Error>".encode()
        start(status, [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
        return [body]

    with serving(answer) as endpoint:
        yield endpoint


@pytest.mark.parametrize(
    ("status", "code", "error", "exit_code"),
    [
        ("403 Forbidden", "AccessDenied", NotAllowed, 7),
        ("401 Unauthorized", "InvalidAccessKeyId", NotAllowed, 7),
        ("400 Bad Request", "InvalidRequest", InventoryError, 1),
        ("301 Moved Permanently", "PermanentRedirect", InventoryError, 1),
    ],
)
def test_what_a_server_refuses_is_told_without_its_body(
    credentials: None, status: str, code: str, error: type[InventoryError], exit_code: int
) -> None:
    with answering(status, code) as endpoint:
        with pytest.raises(
            error, match=rf"^cannot list s3://tests/i\.json\.journal/: .*({status[:3]}|redirect)"
        ) as caught:
            at(endpoint).load()
        with pytest.raises(error, match=r"^cannot read s3://tests/i\.json\.lock: ") as reading, at(endpoint).lock(0):
            pytest.fail("held")
    assert caught.value.exit_code == reading.value.exit_code == exit_code
    assert "s3cr3t" not in str(caught.value)
    assert caught.value.hint


def test_a_server_that_keeps_failing_is_told_in_time(credentials: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with answering("503 Slow Down", "SlowDown") as endpoint, pytest.raises(InventoryError, match=r"503") as caught:
        at(endpoint).load()
    assert type(caught.value) is InventoryError


def test_a_server_that_is_not_there_is_told(credentials: None) -> None:
    with pytest.raises(InventoryError, match=r"^cannot list s3://tests/i\.json\.journal/: .*sending request") as caught:
        at("http://127.0.0.1:9").load()
    assert "address" in caught.value.hint
    assert "\n" not in caught.value.message


def test_what_settings_say_wins_over_the_environment(
    credentials: None, s3_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "https://elsewhere.example.com")
    monkeypatch.setenv("AWS_REGION", "mars")
    assert at(s3_endpoint, "tests/of-its-own/i.json").load().serial == 0


@pytest.mark.parametrize(
    ("store", "region", "config"),
    [
        (
            "s3",
            "mars",
            {"endpoint": "https://x.example.com", "endpoint_url_s3": "https://x.example.com", "region": "mars"},
        ),
        ("s3", "", {"endpoint": "https://x.example.com", "endpoint_url_s3": "https://x.example.com"}),
        ("gcs", "", {"base_url": "https://x.example.com"}),
        ("azure", "", {"endpoint": "https://x.example.com"}),
    ],
)
def test_each_vendor_is_told_what_settings_say(
    store: str, region: str, config: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "account")
    made: Any = bucket.connect(store, "bucket-1", "https://x.example.com", region)
    told = {str(key): value for key, value in made.config.items() if str(key) not in ("bucket", "container_name")}
    assert told == config


@pytest.mark.parametrize("store", ["gcs", "azure"])
def test_other_vendors_are_named_as_they_name_themselves(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "account")
    assert open_store(store, "b/i.json", Path("/")).name == {"gcs": "gs://b/i.json", "azure": "az://b/i.json"}[store]


def test_what_the_library_lacks_is_told_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_CONNECTION_STRING"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SettingsError, match=r"inventory: azure cannot be used: .*Account must be specified") as caught:
        open_store("azure", "c/i.json", Path("/"))
    assert "AZURE_STORAGE_ACCOUNT_NAME" in caught.value.hint


@pytest.mark.parametrize("store", ["s3", "gcs", "azure"])
def test_without_its_package_the_store_says_how_to_get_it(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore.store", None)
    with pytest.raises(SettingsError, match=f"inventory.store: {store} needs a package") as caught:
        open_store(store, "b/i.json", Path("/"))
    assert caught.value.hint == "pip install 'reconciler[bucket]'"


# What a write says of the version that it is over: the vendors' own words, as their documentation gives them. Nobody
# keeps an emulator of Google's XML interface, so this is all that is proven of it without an account.
SAID = {
    "s3": ({"HTTP_IF_NONE_MATCH": "*"}, {"HTTP_IF_MATCH": '"etag-7"'}),
    "gcs": ({"HTTP_X_GOOG_IF_GENERATION_MATCH": "0"}, {"HTTP_X_GOOG_IF_GENERATION_MATCH": "7"}),
    "azure": ({"HTTP_IF_NONE_MATCH": "*"}, {"HTTP_IF_MATCH": '"etag-7"'}),
}


@pytest.mark.parametrize("store", SAID)
def test_every_write_says_over_which_version_it_is(
    store: str, credentials: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "account")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", "a2V5")
    monkeypatch.setenv("GOOGLE_BEARER_TOKEN", "token")
    heard: list[dict[str, str]] = []
    status = ["200 OK"]

    def answer(environment: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        if environment["REQUEST_METHOD"] == "PUT":
            heard.append({name: value for name, value in environment.items() if "MATCH" in name})
        dated = ("Last-Modified", "Sat, 31 Jan 2026 10:11:12 GMT")
        start(status[0], [("ETag", '"etag-7"'), ("x-goog-generation", "7"), dated, ("Content-Length", "2")])
        return [b"ok"]

    with serving(answer) as endpoint:
        place = bucket.BucketPlace(bucket.connect(store, "b", endpoint, "us-east-1"), "i", "i")
        there = place.read("inventory")
        assert there is not None
        assert place.write("inventory", b"x", None) == there.version
        assert place.write("inventory", b"x", there.version) == there.version
        assert heard == list(SAID[store])
        status[0] = "412 Precondition Failed"
        for over in (None, there.version):
            with pytest.raises(Moved):
                place.write("inventory", b"x", over)
