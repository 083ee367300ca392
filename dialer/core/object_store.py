"""Files of our own under names: a folder, or a bucket of S3 or what speaks like it. Nothing is held whole
in memory, and a name is either wholly there or not at all.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from dialer.core.errors import SettingMissing
from dialer.core.settings import get_settings

if TYPE_CHECKING:
    from obstore.store import RetryConfig

PIECE_BYTES = 1_048_576
PART_BYTES, PARTS_AT_ONCE = 5_242_880, 2
"""Of an upload to a bucket; S3 takes no smaller part but the last."""
ASKING = timedelta(seconds=20)


class StoreUnreachable(Exception):
    """The storage did not take or give a file as it should; nothing is known of it."""


@dataclass(frozen=True)
class Written:
    bytes: int
    sha256: str


class ObjectStore:
    def __init__(self, store: LocalStore | S3Store, folder: Path | None) -> None:
        self._store = store
        self._folder = folder

    def write(self, name: str, pieces: Iterable[bytes]) -> Written:
        """The pieces under `name`, once the last one is safe; what stood there before is replaced. When
        `pieces` raises nothing is kept, and its error is the caller's."""
        self._clear_halves(name)
        counted = _Counted(pieces)
        try:
            obstore.put(
                self._store, name, iter(counted), chunk_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE
            )
            if self._folder is not None:
                _outlive_a_power_cut(self._folder / name)
        except (BaseError, OSError) as error:
            raise StoreUnreachable(type(error).__name__) from error
        return Written(counted.bytes, counted.digest.hexdigest())

    def size(self, name: str) -> int | None:
        """None when there is no such file."""
        try:
            return obstore.head(self._store, name)["size"]
        except FileNotFoundError:
            return None
        except (BaseError, OSError) as error:
            raise StoreUnreachable(type(error).__name__) from error

    def read(self, name: str, start: int, end: int) -> Iterator[bytes]:
        """The bytes from `start` up to, without, `end`."""
        for at in range(start, end, PIECE_BYTES):
            try:
                piece = obstore.get_range(self._store, name, start=at, end=min(at + PIECE_BYTES, end))
            except (BaseError, OSError) as error:
                raise StoreUnreachable(type(error).__name__) from error
            yield bytes(piece)

    def delete(self, name: str) -> None:
        """One that is gone already is no error."""
        self._clear_halves(name)
        try:
            obstore.delete(self._store, name)
        except FileNotFoundError:
            return
        except (BaseError, OSError) as error:
            raise StoreUnreachable(type(error).__name__) from error

    def _clear_halves(self, name: str) -> None:
        """What a writer that was killed left in the folder beside the name."""
        if self._folder is not None:
            whole = self._folder / name
            for half in whole.parent.glob(f"{whole.name}#*"):
                half.unlink(missing_ok=True)


class _Counted:
    """Passes pieces on, and knows how many bytes and which they were."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces
        self.bytes = 0
        self.digest = hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self.bytes += len(piece)
            self.digest.update(piece)
            yield piece


def _outlive_a_power_cut(path: Path) -> None:
    for each in (path, path.parent):
        handle = os.open(each, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def recording_store() -> ObjectStore:
    settings = get_settings()
    return _open(settings.recording_store or str(settings.dialer_home / "recordings"))


@lru_cache
def _open(address: str) -> ObjectStore:
    """A bucket's account, region and endpoint are in the usual `AWS_…` of the environment. Raises
    `SettingMissing` for an address of a kind that is not known here."""
    parts = urlsplit(address)
    if parts.scheme == "s3":
        patience: RetryConfig = {"max_retries": 3, "retry_timeout": ASKING}
        return ObjectStore(S3Store.from_url(address, retry_config=patience), None)
    if parts.scheme not in ("", "file"):
        raise SettingMissing(
            [], f"RECORDING_STORE: {parts.scheme}: is neither a folder nor s3://bucket/prefix"
        )
    folder = Path(unquote(parts.path) if parts.scheme else address).resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return ObjectStore(LocalStore(folder, mkdir=True), folder)
