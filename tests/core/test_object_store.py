"""Files under names: in a folder and in a bucket, whole or not at all."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from dialer.core.errors import SettingMissing
from dialer.core.object_store import ObjectStore, StoreUnreachable, recording_store
from dialer.core.settings import adopt
from tests.house import House
from tests.s3 import Bucket, bucket_server

NAME = "2026/12/01/one.wav"
PIECES = [bytes([number]) * 65_536 for number in range(200)]
WHOLE = b"".join(PIECES)


class LineLost(Exception):
    """The source of the pieces broke off."""


def broken_off() -> Iterator[bytes]:
    yield from PIECES[:120]
    raise LineLost


@pytest.fixture
def bucket(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    with bucket_server() as bucket:
        for name, value in {
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT": bucket.url,
            "AWS_ALLOW_HTTP": "true",
        }.items():
            monkeypatch.setenv(name, value)
        yield bucket


@pytest.fixture(params=["folder", "file", "s3"])
def store(request: pytest.FixtureRequest, house: House, tmp_path: Path) -> ObjectStore:
    port = request.getfixturevalue("bucket").url.rpartition(":")[2] if request.param == "s3" else ""
    addresses = {"folder": str(tmp_path), "file": tmp_path.as_uri(), "s3": f"s3://calls/of{port}"}
    adopt({"RECORDING_STORE": addresses[request.param]})
    return recording_store()


def test_what_is_written_is_read_counted_and_hashed(store: ObjectStore) -> None:
    assert store.size(NAME) is None
    written = store.write(NAME, iter(PIECES))
    assert (written.bytes, written.sha256) == (len(WHOLE), hashlib.sha256(WHOLE).hexdigest())
    assert store.size(NAME) == len(WHOLE)
    assert b"".join(store.read(NAME, 0, len(WHOLE))) == WHOLE
    assert b"".join(store.read(NAME, 65_530, 65_540)) == WHOLE[65_530:65_540]
    assert list(store.read(NAME, 5, 5)) == []


def test_what_breaks_off_leaves_nothing_and_may_be_written_again(store: ObjectStore) -> None:
    with pytest.raises(LineLost):
        store.write(NAME, broken_off())
    assert store.size(NAME) is None
    assert store.write(NAME, [b"short"]).bytes == 5
    with pytest.raises(LineLost):
        store.write(NAME, broken_off())
    assert b"".join(store.read(NAME, 0, 5)) == b"short"


def test_deleted_once_and_twice(store: ObjectStore) -> None:
    store.write(NAME, [b"sound"])
    for _ in range(2):
        store.delete(NAME)
        assert store.size(NAME) is None
    with pytest.raises(StoreUnreachable):
        list(store.read(NAME, 0, 5))


def test_the_half_that_a_killed_writer_left_goes_with_the_next(house: House, tmp_path: Path) -> None:
    adopt({"RECORDING_STORE": str(tmp_path)})
    half = tmp_path / f"{NAME}#1"
    half.parent.mkdir(parents=True)
    half.write_bytes(b"half a call")
    recording_store().write(NAME, [b"whole"])
    assert [path.name for path in half.parent.iterdir()] == ["one.wav"]
    half.write_bytes(b"half a call")
    recording_store().delete(NAME)
    assert list(half.parent.iterdir()) == []


def test_a_bucket_gets_large_files_in_parts_and_forgets_broken_uploads(bucket: Bucket, house: House) -> None:
    adopt({"RECORDING_STORE": f"s3://calls/{bucket.url.rpartition(':')[2]}"})
    store = recording_store()
    store.write(NAME, iter(PIECES))
    assert bucket.asked.count("PUT partNumber&uploadId") == 3
    with pytest.raises(LineLost):
        store.write("other.wav", broken_off())
    assert bucket.uploads == {}
    assert [key.rpartition("/")[2] for key in bucket.objects] == ["one.wav"]


def test_a_bucket_that_refuses_is_told_of(bucket: Bucket, house: House) -> None:
    adopt({"RECORDING_STORE": f"s3://calls/refusing{bucket.url.rpartition(':')[2]}"})
    bucket.refuses = True
    store = recording_store()
    for ask in (
        lambda: store.write(NAME, [b"sound"]),
        lambda: store.size(NAME),
        lambda: list(store.read(NAME, 0, 5)),
    ):
        with pytest.raises(StoreUnreachable):
            ask()


@pytest.mark.parametrize("address", ["ftp://there/calls", "gs://calls"])
def test_a_kind_of_storage_that_is_not_known_is_named(house: House, address: str) -> None:
    adopt({"RECORDING_STORE": address})
    with pytest.raises(SettingMissing, match="RECORDING_STORE"):
        recording_store()


def test_without_a_setting_it_is_a_folder_of_the_home_for_the_owner_alone(
    house: House, tmp_path: Path
) -> None:
    adopt({"DIALER_HOME": str(tmp_path)})
    recording_store().write(NAME, [b"sound"])
    folder = tmp_path / "recordings"
    assert (folder / NAME).read_bytes() == b"sound"
    assert folder.stat().st_mode & 0o077 == 0
