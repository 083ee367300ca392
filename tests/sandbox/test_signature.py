"""The signature, against Twilio's published vector and Twilio's own validator."""

from hypothesis import given
from hypothesis import strategies as st

from dialer.sandbox.signature import sign, signed_url
from tests.sandbox.servers import is_valid

TOKEN = "12345"
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
FIELDS = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Caller", "+14158675309"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
]
words = st.text(max_size=12)


def test_the_published_vector() -> None:
    assert sign(TOKEN, URL, FIELDS) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


@given(st.lists(st.tuples(words, words), max_size=8))
def test_twilios_validator_agrees(fields: list[tuple[str, str]]) -> None:
    """Empty values and repeated keys included."""
    url = "http://127.0.0.1:8000/a?b=c%20d"
    assert is_valid(TOKEN, url, fields, sign(TOKEN, url, fields))


def test_what_of_a_url_is_signed() -> None:
    url = "https://user:pw@example.com:8443/a%2Fb?c=%20d#rc=2"
    assert signed_url(url, keep_https_port=False) == "https://example.com/a%2Fb?c=%20d"
    assert signed_url(url, keep_https_port=True) == "https://example.com:8443/a%2Fb?c=%20d"
    assert signed_url("http://localhost:80/", keep_https_port=False) == "http://localhost:80/"
