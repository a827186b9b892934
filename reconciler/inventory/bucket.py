"""Keeps the inventory in a bucket: S3 and what speaks its protocol, Google Cloud Storage, Azure Blob Storage.

Takes a bucket and a path in it, gives a `Store`. Credentials come from the environment, as the library `obstore` takes
them. Every write carries a condition, and a server that does not heed it is refused.

    <path>                              the inventory
    <path>.lock                         who holds it; empty while nobody does
    <path>.journal/<serial>-<number>    what was recorded since
    <path>.receipts/<name>              receipts
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from reconciler.errors import InventoryError, NotAllowed, SettingsError
from reconciler.inventory.blobs import INVENTORY, LOCK, Blob, BlobMedium
from reconciler.inventory.claim import BlobLock
from reconciler.inventory.holder import Owner, this_process
from reconciler.inventory.store import LockedStore, Moved
from reconciler.redact import vendor_text

if TYPE_CHECKING:
    from obstore import PutMode
    from obstore.store import AzureConfig, ClientConfig, GCSConfig, ObjectStore, RetryConfig, S3Config

PAUSE_SECONDS = 1.0
"""How often a run that waits for the lock looks again."""

SCHEMES = {"s3": "s3", "gcs": "gs", "azure": "az"}
"""Settings' word for a store → what its addresses begin with."""

_DELETES_AT_ONCE = 8
_SETS = {
    "s3": "the environment sets the rest: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION",
    "gcs": "the environment sets the rest: GOOGLE_APPLICATION_CREDENTIALS names a file",
    "azure": "the environment sets the rest: AZURE_STORAGE_ACCOUNT_NAME, AZURE_STORAGE_ACCOUNT_KEY",
}
_STATUS = re.compile(r"status code: (\d+ [A-Za-z ]+)")
_CODE = re.compile(r"<Code>(\w+)</Code>")
_NO_BUCKET = ("NoSuchBucket", "ContainerNotFound")
_NEVER = json.dumps({"e_tag": '"never"', "version": "1"})
"""A version that no object has."""


def open_bucket(
    store: str,
    path: str,
    *,
    endpoint: str = "",
    region: str = "",
    identify: Callable[[], Owner] = this_process,
) -> LockedStore:
    """Open the inventory at `bucket/path`; raise `SettingsError` where the library is not there, or lacks something."""
    bucket, _, rest = path.partition("/")
    place = BucketPlace(connect(store, bucket, endpoint, region), rest, f"{SCHEMES[store]}://{path}")
    return open_place(place, identify=identify)


def open_place(place: BucketPlace, *, identify: Callable[[], Owner] = this_process) -> LockedStore:
    """Open the inventory that lies at a place."""
    lock = BlobLock(place, pause=PAUSE_SECONDS, prove=place.require_conditions, identify=identify)
    return LockedStore(BlobMedium(place), lock)


def connect(store: str, bucket: str, endpoint: str, region: str) -> ObjectStore:
    """Give the library's view of a bucket; sends nothing."""
    try:
        from obstore.exceptions import BaseError
        from obstore.store import AzureStore, GCSStore, S3Store
    except ImportError as error:
        hint = "pip install 'reconciler[bucket]'"
        raise SettingsError(f"inventory.store: {store} needs a package that is not installed", hint=hint) from error
    client: ClientConfig = {"connect_timeout": "5s", "timeout": "30s", "allow_http": endpoint.startswith("http://")}
    retry: RetryConfig = {"max_retries": 4, "retry_timeout": timedelta(seconds=30)}
    try:
        if store == "gcs":
            google: GCSConfig = {"base_url": endpoint} if endpoint else {}
            return GCSStore(bucket, config=google, client_options=client, retry_config=retry)
        if store == "azure":
            azure: AzureConfig = {"endpoint": endpoint} if endpoint else {}
            return AzureStore(bucket, config=azure, client_options=client, retry_config=retry)
        # The environment's address of S3 would win over `endpoint`, but what settings say is meant.
        amazon: S3Config = {"endpoint": endpoint, "aws_endpoint_url_s3": endpoint} if endpoint else {}
        if region:
            amazon["region"] = region
        return S3Store(bucket, config=amazon, client_options=client, retry_config=retry)
    except BaseError as error:
        raise SettingsError(f"inventory: {store} cannot be used: {_words(error)}", hint=_SETS[store]) from error


class BucketPlace:
    """The objects of one inventory; `name` is how messages call it."""

    def __init__(self, store: ObjectStore, path: str, name: str) -> None:
        self.name = name
        self._store = store
        self._path = path

    def called(self, key: str) -> str:
        """Give the address of an object."""
        return self.name if key == INVENTORY else f"{self.name}.{key}"

    def refresh(self) -> None:
        """Do nothing: an object is always read anew."""

    def keys(self, folder: str) -> tuple[str, ...]:
        """Give the keys of the objects in a folder, sorted."""
        import obstore

        with _named("list", f"{self.called(folder)}/"):
            found = [meta["path"] for batch in obstore.list(self._store, self._object(folder)) for meta in batch]
        return tuple(sorted(f"{folder}/{path.rpartition('/')[2]}" for path in found))

    def read(self, key: str) -> Blob | None:
        """Give an object, None where there is none; a bucket that is not there is an error."""
        import obstore

        with _named("read", self.called(key)):
            try:
                found = obstore.get(self._store, self._object(key))
                return Blob(bytes(found.bytes()), _version(found.meta["e_tag"], found.meta["version"]))
            except FileNotFoundError as error:
                if _lacks_bucket(error):
                    raise
                return None

    def write(self, key: str, data: bytes, over: str | None, drop: Sequence[str] = ()) -> str:
        """Put one object under its condition, then delete others."""
        import obstore
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        with _named("write", self.called(key)):
            mode: PutMode = "create" if over is None else json.loads(over)
            try:
                put = obstore.put(self._store, self._object(key), data, mode=mode, use_multipart=False)
            except (AlreadyExistsError, PreconditionError):
                raise Moved from None
            except FileNotFoundError as error:
                if over is None or _lacks_bucket(error):
                    raise
                raise Moved from None  # what was to be written over is gone
        if drop:
            with ThreadPoolExecutor(_DELETES_AT_ONCE) as pool:
                list(pool.map(self._drop, drop))
        return _version(put["e_tag"], put["version"])

    def _drop(self, key: str) -> None:
        """Delete one object, one by one: deleting many at once is a right, and a request, of its own."""
        import obstore

        with _named("remove", self.called(key)), suppress(FileNotFoundError):
            obstore.delete(self._store, self._object(key))

    def require_conditions(self, version: str) -> None:
        """Write what must be refused; raise `InventoryError` where this server does it nevertheless."""
        there = self.read(LOCK)
        if there is None or there.version != version:
            return  # whoever needs the lock will see
        for over in (None, _NEVER):
            try:
                self.write(LOCK, there.data, over)
            except Moved:
                continue
            problem = "this server writes although the condition of the write does not hold"
            hint = "two runs would overwrite each other: it must heed If-Match and If-None-Match, or use another store"
            raise InventoryError(f"{self.name}: {problem}", hint=hint)

    def _object(self, key: str) -> str:
        return self._path if key == INVENTORY else f"{self._path}.{key}"


def _version(e_tag: str | None, version: str | None) -> str:
    return json.dumps({name: value for name, value in (("e_tag", e_tag), ("version", version)) if value is not None})


def _lacks_bucket(error: Exception) -> bool:
    return any(word in str(error) for word in _NO_BUCKET)


@contextmanager
def _named(verb: str, called: str) -> Iterator[None]:
    """Give what the library raises the words that a person needs."""
    from obstore.exceptions import BaseError

    try:
        yield
    except (BaseError, OSError) as error:
        words = f"cannot {verb} {called}: {_words(error)}"
        status = _STATUS.search(str(error))
        if status and status[1].startswith(("401", "403")):
            raise NotAllowed(words, hint="it must be allowed to read, write, delete and list there") from error
        hint = "are its address and the credentials in the environment right?"
        raise InventoryError(words, hint=hint) from error


def _words(error: Exception) -> str:
    """Say what a server answered, without its body; or what kept it from answering."""
    text = str(error).partition("\n\nDebug source")[0]
    status, code = _STATUS.search(text), _CODE.search(text)
    if status:
        return f"the server answered {status[1].strip()}" + (f" ({code[1]})" if code else "")
    before, _, why = text.partition(" - ")  # before it: the request, and how long it took
    return vendor_text(why or before)
