"""How webhooks travel: signed, retried as their URL's fragment says, and never with it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.sandbox.delivery import Policy
from tests.sandbox.servers import Answer, Customer, Heard, Twilio, is_valid, wait_for

ANA = "+13125550142"


def is_signed(heard: Heard, twilio: Twilio) -> bool:
    fields = heard.pairs if heard.method == "POST" else []
    return is_valid(twilio.config.auth_token, heard.url, fields, heard.headers["x-twilio-signature"])


def end_told_to(url: str, twilio: Twilio, **params: str) -> None:
    twilio.script(ANA, "busy", ring_seconds=0)
    twilio.dial(ANA, status_callback=url, **params)


def test_every_webhook_is_signed(twilio: Twilio, customer: Customer) -> None:
    twilio.script(ANA, "human", ring_seconds=0, patience_seconds=600)
    url = customer.says(
        "/twiml?lead=7%2F8&x=",
        "<Dial><Conference statusCallback='/room' statusCallbackEvent='join'>a</Conference></Dial>",
    )
    customer.answers["/twiml"] = customer.answers[("/twiml?lead=7%2F8&x=")]
    twilio.dial(ANA, url=url, status_callback=customer.url + "/status?attempt=1#rc=2")
    [join] = customer.wait("/room")
    [asked] = customer.wait("/twiml")
    twilio.client.calls.list()[0].update(status="completed")
    [status] = customer.wait("/status")
    for heard in (join, asked, status):
        assert heard.method == "POST"
        assert is_signed(heard, twilio)
        assert heard.headers["user-agent"] == "TwilioProxy/1.1"
    assert status.url == customer.url + "/status?attempt=1"


def test_a_get_carries_its_fields_in_the_signed_url(twilio: Twilio, customer: Customer) -> None:
    end_told_to(customer.url + "/status?a=1", twilio, status_callback_method="GET")
    [heard] = customer.wait("/status")
    assert heard.method == "GET"
    assert heard["CallStatus"] == "busy"
    assert is_signed(heard, twilio)


def test_a_failed_callback_is_lost_by_default(twilio: Twilio, customer: Customer) -> None:
    customer.answers["/status"] = Answer(status=500)
    end_told_to(customer.url + "/status", twilio)
    wait_for(lambda: 15003 in twilio.codes())
    assert len(customer.at("/status")) == 1


def test_retries_as_the_fragment_asks(twilio: Twilio, customer: Customer) -> None:
    customer.answers["/status"] = [Answer(status=500), Answer(status=503), Answer()]
    end_told_to(customer.url + "/status#rc=3&rp=5xx", twilio)
    heard = customer.wait("/status", 3)
    assert len({one.headers["i-twilio-idempotency-token"] for one in heard}) == 1
    assert len({one["SequenceNumber"] for one in heard}) == 1
    [delivery] = wait_for(
        lambda: [one for one in twilio.control.get("/sandbox/webhooks").json() if one["status"] == 200]
    )
    assert delivery["attempts"] == 3
    assert 15003 not in twilio.codes()


def test_each_webhook_has_a_token_of_its_own(twilio: Twilio, customer: Customer) -> None:
    end_told_to(customer.url + "/status", twilio)
    end_told_to(customer.url + "/status", twilio)
    heard = customer.wait("/status", 2)
    assert len({one.headers["i-twilio-idempotency-token"] for one in heard}) == 2


def test_a_slow_answer_is_retried_only_if_the_policy_says_so(twilio: Twilio, customer: Customer) -> None:
    customer.answers["/slow"] = [Answer(delay_seconds=0.4), Answer()]
    end_told_to(customer.url + "/slow#rc=1&rp=rt&rt=150", twilio)
    customer.wait("/slow", 2)
    customer.answers["/status"] = [Answer(delay_seconds=0.4), Answer()]
    end_told_to(customer.url + "/status#rc=1&rp=5xx&rt=150", twilio)
    wait_for(lambda: 15003 in twilio.codes())
    assert len(customer.at("/status")) == 1


@given(st.text())
def test_any_fragment_makes_a_policy_within_the_caps(fragment: str) -> None:
    policy = Policy.of("https://example.com/#" + fragment)
    assert 0 <= policy.retries <= 5
    assert 0.1 <= policy.total_seconds <= 15


def test_a_url_that_is_none_is_noted(twilio: Twilio, customer: Customer) -> None:
    twilio.script(ANA, "human", ring_seconds=0, patience_seconds=600)
    for url in ("http://[", "http://a:99999/", "ftp://a/"):
        call = twilio.dial(ANA, twiml=f"<Response><Redirect>{url}</Redirect></Response>")
        twilio.wait_status(call, "completed")
    assert twilio.codes() == [11100] * 3


def test_a_redirected_post_loses_its_fields(twilio: Twilio, customer: Customer) -> None:
    customer.answers["/status"] = Answer(status=302, headers={"Location": "/elsewhere"})
    end_told_to(customer.url + "/status", twilio)
    [heard] = customer.wait("/elsewhere")
    assert (heard.method, heard.pairs) == ("GET", [])


def test_user_and_password_are_given_when_asked_for(twilio: Twilio, customer: Customer) -> None:
    customer.answers["/status"] = [Answer(status=401), Answer()]
    end_told_to(customer.url.replace("//", "//ana:p%40ss@") + "/status", twilio)
    first, second = customer.wait("/status", 2)
    assert "authorization" not in first.headers
    assert second.headers["authorization"] == "Basic YW5hOnBAc3M="
    assert is_signed(first, twilio)
    assert is_signed(second, twilio)


@pytest.mark.parametrize(
    ("fragment", "policy"),
    [
        ("", Policy()),
        ("#rc=3&rp=ct,rt,5xx&rt=4000", Policy(3, frozenset({"ct", "rt", "5xx"}), read_seconds=4.0)),
        ("#rc=9&rp=all&ct=1&tt=60000", Policy(5, frozenset({"4xx", "5xx", "ct", "rt"}), 0.1, 15.0, 15.0)),
        ("#rc=x&rp=weather", Policy(1, frozenset())),
    ],
)
def test_fragments(fragment: str, policy: Policy) -> None:
    assert Policy.of("https://example.com/cb" + fragment) == policy
