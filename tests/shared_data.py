"""Where the real lists are that some tests read: beside the project, never in it."""

import os
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]


def shared_path(*parts: str) -> Path:
    """The file or folder in SHARED_DIR; without it the test is skipped, or fails in CI."""
    path = (PROJECT / os.environ.get("SHARED_DIR", "../shared")).joinpath(*parts)
    if not path.exists():
        explain = pytest.fail if os.environ.get("CI") else pytest.skip
        explain(f"needs {'/'.join(parts)} in SHARED_DIR, which is not there")
    return path
