"""Programs kept running: started together, restarted when one dies, gone when the group is left."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Event, Thread

import pytest
import redis

from dialer.core import processes
from dialer.core.embedded import embedded_valkey
from dialer.core.processes import ProcessGroup, Program
from tests.house import wait_for

SLEEP = "import signal, sys; print('up', flush=True); signal.pause()"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEP}"


def program(name: str, code: str = SLEEP, **environment: str) -> Program:
    return Program(name, [sys.executable, "-c", code], environment)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def said(folder: Path, name: str) -> str:
    log = folder / f"{name}.log"
    return log.read_text() if log.exists() else ""


def test_all_are_started_with_their_environment_and_stopped(tmp_path: Path) -> None:
    tell = "import os, signal; print(os.environ['WHO'], flush=True); signal.pause()"
    with ProcessGroup([program("a", tell, WHO="ada"), program("b", tell, WHO="bob")], tmp_path) as group:
        pids = [group.pid(name) for name in "ab"]
        wait_for(lambda: (said(tmp_path, "a"), said(tmp_path, "b")) == ("ada\n", "bob\n"))
        assert all(map(is_alive, pids))
    assert not any(map(is_alive, pids))


def test_one_that_was_killed_comes_back(tmp_path: Path) -> None:
    stop = Event()
    with ProcessGroup([program("a"), program("b")], tmp_path) as group:
        watcher = Thread(target=group.watch, args=(stop,))
        watcher.start()
        killed, other = group.pid("a"), group.pid("b")
        os.kill(killed, signal.SIGKILL)
        wait_for(lambda: group.pid("a") != killed and is_alive(group.pid("a")))
        stop.set()
        watcher.join()
        assert group.pid("b") == other
        assert [one.restarts for one in group.programs] == [1, 0]


def test_one_that_does_not_listen_is_made_to_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "STOP_SECONDS", 0.1)
    with ProcessGroup([program("deaf", STUBBORN)], tmp_path) as group:
        wait_for(lambda: said(tmp_path, "deaf"))
        pid = group.pid("deaf")
    assert not is_alive(pid)


def test_an_error_inside_the_group_stops_all(tmp_path: Path) -> None:
    pids: list[int] = []

    def fail() -> None:
        with ProcessGroup([program("a")], tmp_path) as group:
            pids.append(group.pid("a"))
            raise LookupError("oops")

    with pytest.raises(LookupError, match="oops"):
        fail()
    assert pids
    assert not any(map(is_alive, pids))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_none_outlives_a_parent_that_was_killed(tmp_path: Path) -> None:
    code = f"""
import signal, sys
from pathlib import Path
from dialer.core.processes import ProcessGroup, Program
program = Program("a", [sys.executable, "-c", {SLEEP!r}], {{}})
with ProcessGroup([program], Path({str(tmp_path)!r})) as group:
    print(group.pid("a"), flush=True)
    signal.pause()
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        wait_for(lambda: said(tmp_path, "a"))
        parent.kill()
    wait_for(lambda: not is_alive(child))


def test_nobody_is_no_pid(tmp_path: Path) -> None:
    with pytest.raises(LookupError):
        ProcessGroup([program("a")], tmp_path).pid("a")


def test_an_embedded_valkey_is_gone_with_its_context(tmp_path: Path) -> None:
    with embedded_valkey(tmp_path) as url, redis.Redis.from_url(url) as client:
        client.set("a", "b")
        assert client.get("a") == b"b"
    with redis.Redis.from_url(url) as client, pytest.raises(redis.ConnectionError):
        client.ping()
