"""The control API, and the process itself."""

import os
import signal
import socket
import subprocess
import sys

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.sandbox.servers import Customer, Twilio, wait_for

ANA = "+13125550142"


def test_state_counts_calls(twilio: Twilio) -> None:
    twilio.script(ANA, "no_answer")
    twilio.wait_status(twilio.dial(ANA, timeout=600), "ringing")
    state = twilio.state()
    assert (state["calls"]["ringing"], state["calls_placed"], state["live_calls"]) == (1, 1, 1)


def test_every_call_is_listed_with_who_it_reached(twilio: Twilio) -> None:
    twilio.script(ANA, "machine", ring_seconds=0)
    call = twilio.dial(ANA)
    twilio.wait_status(call, "in-progress")
    [account] = twilio.control.get("/sandbox/calls", params={"to": ANA}).json()
    assert account["sid"] == call.sid
    assert account["behaviour"] == "machine"
    assert account["created_at"] <= account["started_at"] <= account["answered_at"]
    assert twilio.control.get("/sandbox/calls", params={"to": "+13125550143"}).json() == []


def test_a_number_is_found_by_a_plus_that_nobody_escaped(twilio: Twilio) -> None:
    call = twilio.dial(ANA)
    [account] = twilio.control.get(f"/sandbox/calls?to={ANA}").json()
    assert account["sid"] == call.sid


def test_what_was_scripted_can_be_read(twilio: Twilio) -> None:
    twilio.script(ANA, "busy", ring_seconds=3)
    assert twilio.control.get("/sandbox/numbers").json()[ANA]["ring_seconds"] == 3
    twilio.control.put("/sandbox/clients/ana", json={"answer_seconds": 2, "drop": True})
    [(name, script)] = twilio.control.get("/sandbox/clients").json().items()
    assert (name, script["answer_seconds"], script["drop"]) == ("ana", 2, False)


def test_live_calls_and_the_newest(twilio: Twilio) -> None:
    twilio.script(ANA, "busy", ring_seconds=0)
    twilio.wait_status(twilio.dial(ANA), "busy")
    twilio.script(ANA, "no_answer")
    first, second = twilio.dial(ANA, timeout=600), twilio.dial(ANA, timeout=600)

    def sids(query: str) -> list[str]:
        return [call["sid"] for call in twilio.control.get(f"/sandbox/calls?{query}").json()]

    assert sids("live=true") == [first.sid, second.sid]
    assert sids("limit=1") == [second.sid]
    assert len(sids("")) == 3


@pytest.mark.browser
def test_the_page_shows_what_goes_on(twilio: Twilio, customer: Customer, page: Page) -> None:
    twilio.script(ANA, "human", ring_seconds=0, talk_seconds=60000, patience_seconds=60000)
    callback = f"statusCallback='{customer.url}/room' statusCallbackEvent='join'"
    room = f"<Response><Dial><Conference {callback}>hall</Conference></Dial></Response>"
    twilio.dial(ANA, twiml=room)
    customer.wait("/room")
    page.goto(f"{twilio.url}/sandbox/")
    expect(page.locator("#calls")).to_contain_text(ANA)
    expect(page.locator("#conferences")).to_contain_text("hall")
    expect(page.locator("#webhooks")).to_contain_text("conference:participant-join")


def test_the_journal_of_webhooks(twilio: Twilio, customer: Customer) -> None:
    twilio.script(ANA, "busy", ring_seconds=0)
    call = twilio.dial(ANA, status_callback=customer.url + "/status")
    customer.wait("/status")
    journal = {"params": {"kind": "status", "call_sid": call.sid}}
    [delivery] = wait_for(
        lambda: [one for one in twilio.control.get("/sandbox/webhooks", **journal).json() if one["status"]]  # type: ignore[arg-type]  # httpx's own
    )
    assert (delivery["kind"], delivery["status"], delivery["attempts"]) == ("status:completed", 200, 1)
    assert delivery["fields"]["CallSid"] == call.sid


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("numbers/12", {"behaviour": "human"}),
        (f"numbers/{ANA}", {"behaviour": "asleep"}),
        (f"numbers/{ANA}", {"behaviour": "human", "talk_secs": 3}),
        (f"numbers/{ANA}", {"behaviour": "human", "talk_seconds": -3}),
        ("clients/ana", {"registered": "perhaps"}),
    ],
)
def test_scripts_that_make_no_sense_are_refused(twilio: Twilio, path: str, body: dict[str, object]) -> None:
    assert twilio.control.put(f"/sandbox/{path}", json=body).status_code == 422


def test_a_number_goes_back_to_the_draw(twilio: Twilio) -> None:
    twilio.script(ANA, "busy", ring_seconds=0)
    assert twilio.control.delete(f"/sandbox/numbers/{ANA}").status_code == 204
    twilio.dial(ANA)
    twilio.script(ANA, "busy", ring_seconds=0)
    drawn, scripted = twilio.dial(ANA), twilio.dial(ANA)
    assert drawn.sid != scripted.sid


def test_a_reset_forgets_everything_silently(twilio: Twilio, customer: Customer) -> None:
    twilio.dial(ANA, timeout=600, status_callback=customer.url + "/status")
    assert twilio.control.post("/sandbox/reset").status_code == 204
    state = twilio.state()
    assert (state["calls_placed"], state["live_calls"], state["conferences"]) == (0, 0, [])
    assert customer.heard == []


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_the_process_stops_cleanly_with_calls_up(stop: signal.Signals) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = (
        "from dialer.sandbox.config import SandboxConfig\n"
        "from dialer.sandbox.serve import serve\n"
        f"serve(SandboxConfig(port={port}), lambda: None)"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE, env=dict(os.environ))
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
            wait_for(lambda: is_up(http), 30)
            account = "AC" + "0" * 32
            answer = http.post(
                f"/2010-04-01/Accounts/{account}/Calls.json",
                data={"To": ANA, "From": "+15005550006", "Twiml": "<Response/>"},
                auth=(account, "sandbox"),
            )
            assert answer.status_code == 201
        process.send_signal(stop)
        _, errors = process.communicate(timeout=15)
    finally:
        process.kill()
    assert (process.returncode, errors) == (0, b"")


def is_up(http: httpx.Client) -> bool:
    try:
        return http.get("/sandbox/state").status_code == 200
    except httpx.TransportError:
        return False
