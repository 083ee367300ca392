"""The scripts library of this deployment, kept until a file of it changes."""

from functools import lru_cache
from pathlib import Path

from dialer.scripts import Library, load_library


def library(root: Path) -> Library:
    return _library(root, max((path.stat().st_mtime for path in root.rglob("*.md")), default=0.0))


@lru_cache(maxsize=4)
def _library(root: Path, stamp: float) -> Library:
    return load_library(root)
