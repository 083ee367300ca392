"""The house is built as its plan says: who may import whom, how big a file may be, what a job is."""

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dialer.core.queue import Job
from dialer.domain.phone import is_fictional
from tests import factories

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("dialer", "workers")
LINES_OF_A_FILE, LINES_OF_A_FUNCTION = 400, 45
LOCKING = "with_for_update"


def modules(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_nobody_imports_whom_the_contracts_forbid() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-logo", "--no-cache"]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert checked.returncode == 0, checked.stdout
    assert "0 broken" in checked.stdout


@pytest.mark.parametrize("job", Job)
def test_every_job_is_a_function(job: Job) -> None:
    module, name = job.value.rsplit(".", 1)
    assert callable(getattr(importlib.import_module(module), name))


def test_no_file_is_longer_than_a_reader_holds_in_mind() -> None:
    longer = {
        named(path): count
        for path in modules(*ROOMS, "tests")
        if "versions" not in path.parts and (count := len(path.read_text().splitlines())) > LINES_OF_A_FILE
    }
    assert longer == {}


def test_no_function_is_longer_than_a_screen() -> None:
    longer = {
        f"{named(path)}:{function.name}": lines
        for path in modules(*ROOMS)
        if "versions" not in path.parts
        for function in functions(path)
        if (lines := (function.end_lineno or 0) - function.lineno + 1) > LINES_OF_A_FUNCTION
    }
    assert longer == {}


def test_every_module_says_what_it_holds() -> None:
    silent = [
        named(path)
        for path in modules(*ROOMS, "tests")
        if (text := path.read_text()).strip() and not ast.get_docstring(ast.parse(text))
    ]
    assert silent == []


def test_rows_are_locked_in_one_way() -> None:
    """A lock that does not read its row afresh leaves the session with what it saw before."""
    locking = [named(path) for path in modules(*ROOMS) if LOCKING in path.read_text()]
    assert locking == ["dialer/core/database.py"]


def test_services_and_stores_never_commit() -> None:
    committing = [
        f"{named(path)}:{node.lineno}"
        for path in modules("dialer/services", "dialer/store", "dialer/domain")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in ("commit", "rollback")
    ]
    assert committing == []


def test_only_numbers_of_fiction_are_in_the_tests_of_calls() -> None:
    """The factories' numbers, in every area code that they use."""
    assert all(is_fictional(factories.phone()) for _ in range(2000))
    assert is_fictional(factories.CALLER_ID)
