"""From a file to its result: sent, looked at, put right, loaded once; and what bad input gets."""

import csv
import io
import re
import socket
from datetime import datetime, timedelta
from uuid import UUID

import httpx
import pytest
from sqlmodel import Session, select

from dialer.domain.user import Role
from dialer.services.list_uploads import MOST_BYTES
from dialer.store.call_lists import CallList, ListUpload
from dialer.store.campaigns import Campaign
from dialer.store.contacts import Contact
from dialer.store.suppressions import Suppression, SuppressionScope
from tests.factories import make_campaign, make_contact
from tests.house import commit
from tests.web.visitor import Visitor, sign_in, toast, words

LISTS = "/supervisor/lists"
UPLOAD = f"{LISTS}/upload"
FILE = (
    "First name;Last name;Telephone;Phone 2;City;State;Hobby\r\n"
    "Ada;Okafor;312-555-0142;312-555-0150;Chicago;IL;Chess\r\n"
    "Ben;Rossi;(312) 555-0143;;Chicago;IL;\r\n"
    "Ben;Rossi;312.555.0143;;Chicago;IL;\r\n"
    "Cho;Vance;12345;;Chicago;IL;Rowing\r\n"
    "Dee;Haddad;312 555 0144;;Chicago;IL;\r\n"
    "Eve;Ueda;312 555 0145;;Chicago;IL;\r\n"
)


@pytest.fixture
def supervisor(web: httpx.Client, session: Session, now: datetime) -> Visitor:
    return sign_in(web, session, now, Role.SUPERVISOR)


@pytest.fixture
def campaign(session: Session, now: datetime) -> Campaign:
    campaign = make_campaign(session, now)
    commit(session)
    return campaign


def send(visitor: Visitor, campaign: Campaign, content: bytes, **said: str) -> httpx.Response:
    form = {"campaign": campaign.slug, "country": "US", "name": "Autumn"} | said
    return visitor.post(UPLOAD, form, files={"file": ("autumn.csv", content, "text/csv")})


def address(answer: httpx.Response) -> str:
    assert answer.status_code == 303, words(answer)[:600]
    return str(answer.headers["location"])


def chosen(html: str) -> dict[str, str]:
    """The columns as the preview's selects have them."""
    fields = {}
    for name, options in re.findall(r'<select[^>]*name="(field_\w+)"[^>]*>(.*?)</select>', html, re.DOTALL):
        selected = re.search(r"<option selected>(.*?)</option>", options)
        fields[name] = selected[1] if selected else ""
    return fields


def test_there_is_no_list_yet(supervisor: Visitor, campaign: Campaign) -> None:
    assert "No call list yet" in supervisor.read(LISTS)
    assert campaign.name in supervisor.read(UPLOAD, campaign=campaign.slug)


def test_without_a_campaign_the_form_leads_to_one(supervisor: Visitor) -> None:
    assert "Make the campaign first" in supervisor.read(UPLOAD)


def test_a_file_becomes_contacts(
    supervisor: Visitor, campaign: Campaign, session: Session, now: datetime
) -> None:
    make_contact(session, campaign, now, phone="+13125550144", first_name="Deirdre")
    system, eve = SuppressionScope.SYSTEM, "+13125550145"
    session.add(Suppression(phone=eve, scope=system, source="a list", reason="asked", created_at=now))
    commit(session)
    preview = address(send(supervisor, campaign, FILE.encode()))
    page = supervisor.get(preview)
    assert "6 rows, semicolon, UTF-8" in words(page)
    assert "Further numbers: Phone 2" in words(page)
    assert "+1 312-555-0142 America/Chicago Ada Okafor Chicago IL" in words(page)
    assert "Too few digits for a number in US" in words(page)
    assert "1 of them will be refused" in words(page)
    columns = chosen(page.text)
    assert (columns["field_phone"], columns["field_city"], columns["field_company"]) == (
        "Telephone",
        "City",
        "",
    )
    loaded = supervisor.post(preview, columns)
    result = toast(loaded, supervisor)
    assert "6 rows read" in result
    assert "New 2 Updated 1 Duplicate 1 Suppressed 1 Invalid 1" in result
    assert "Too few digits 1" in result
    assert "First name First name Last name Last name" in result
    ada = session.exec(select(Contact).where(Contact.phone == "+13125550142")).one()
    assert (ada.first_name, ada.other_phones, ada.custom) == ("Ada", ["+13125550150"], {"hobby": "Chess"})
    assert session.exec(select(Contact).where(Contact.first_name == "Dee")).one().phone == "+13125550144"
    row = session.exec(select(CallList).order_by(CallList.id.desc())).first()  # type: ignore[attr-defined]
    assert row is not None
    assert (row.name, row.imported_by_id) == ("Autumn", supervisor.user.id)
    shown = supervisor.read(LISTS)
    assert f"{campaign.name} 6 2 1 1 1 1 2" in shown
    assert "Autumn" in supervisor.read(f"/supervisor/campaigns/{campaign.slug}")


def test_loaded_twice_it_is_loaded_once(supervisor: Visitor, campaign: Campaign, session: Session) -> None:
    preview = address(send(supervisor, campaign, FILE.encode()))
    columns = chosen(supervisor.get(preview).text)
    first, second = supervisor.post(preview, columns), supervisor.post(preview, columns)
    assert address(first) == address(second) == address(supervisor.get(preview))
    assert len(session.exec(select(CallList)).all()) == 1
    upload = session.exec(select(ListUpload)).one()
    assert (upload.content, upload.call_list_id is not None) == (b"", True)


def test_refused_rows_come_back_as_they_went(
    supervisor: Visitor, campaign: Campaign, session: Session
) -> None:
    preview = address(send(supervisor, campaign, FILE.encode()))
    result = address(supervisor.post(preview, chosen(supervisor.get(preview).text)))
    answer = supervisor.get(f"{result}/refused.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment")
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [(row["line"], row["reason"]) for row in rows] == [("4", "duplicate"), ("5", "too_short")]
    assert (rows[1]["column"], rows[1]["value"], rows[1]["First name"]) == ("Telephone", "12345", "Cho")
    assert rows[1]["Hobby"] == "Rowing"


def test_a_guess_is_overruled(supervisor: Visitor, campaign: Campaign, session: Session) -> None:
    preview = address(send(supervisor, campaign, FILE.encode()))
    columns = chosen(supervisor.get(preview).text) | {
        "field_phone": "Phone 2",
        "field_title": "Hobby",
        "field_city": "",
    }
    again = supervisor.post(f"{preview}/preview", columns, htmx=True)
    assert again.status_code == 200
    assert "<html" not in again.text
    assert "+1 312-555-0150 America/Chicago Ada Okafor Chess" in words(again)
    assert "The row has no telephone number." in words(again)
    supervisor.post(preview, columns)
    contact = session.exec(select(Contact)).one()
    assert (contact.phone, contact.title, contact.city) == ("+13125550150", "Chess", "")
    assert "Chicago" in contact.custom.values()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The file is empty."),
        (b"\xef\xbb\xbf \r\n\r\n", "The file is empty."),
        (bytes(range(256)) * 20, "This is a binary file, not a list"),
        (b"PK\x03\x04 not really a zip", "not a CSV file"),
        (b"%PDF-1.7 ...", "This is a PDF document, not a CSV file"),
        (b"Name,Phone\r\n", "The file has only a header and no rows: Name, Phone."),
    ],
    ids=["empty", "blank", "binary", "zip", "pdf", "header"],
)
def test_what_is_no_list_is_told_at_the_form(
    content: bytes, message: str, supervisor: Visitor, campaign: Campaign, session: Session, now: datetime
) -> None:
    other = make_campaign(session, now)
    commit(session)
    answer = send(supervisor, other, content, country="CA", name="My list")
    assert answer.status_code == 422
    assert message in words(answer)
    assert 'id="file-error"' in answer.text
    assert f'<option value="{other.slug}" selected>' in answer.text
    assert '<option value="CA" selected>' in answer.text
    assert 'value="My list"' in answer.text
    assert not session.exec(select(ListUpload)).all()


def test_no_file_no_campaign_no_country(supervisor: Visitor, campaign: Campaign) -> None:
    answer = supervisor.post(UPLOAD, {"campaign": "nowhere", "country": "XX", "name": ""})
    assert answer.status_code == 422
    for message in ("The file is empty.", "Choose the campaign", "Choose the country"):
        assert message in words(answer)


def test_too_large_a_file_is_told_so(supervisor: Visitor, campaign: Campaign, session: Session) -> None:
    row = b"Ada,312-555-0142\r\n"
    answer = send(supervisor, campaign, b"Name,Phone\r\n" + row * (MOST_BYTES // len(row)))
    assert answer.status_code == 422
    assert "The file is larger than 50 MB" in words(answer)
    assert f'<option value="{campaign.slug}" selected>' in answer.text
    assert not session.exec(select(ListUpload)).all()


def test_far_too_large_a_file_is_refused_before_it_is_read(supervisor: Visitor) -> None:
    """Told by its length alone; nothing of it is sent."""
    url = supervisor.http.base_url
    cookies = "; ".join(f"{name}={value}" for name, value in supervisor.http.cookies.items())
    head = (
        f"POST {UPLOAD} HTTP/1.1", f"Host: {url.host}:{url.port}", f"Cookie: {cookies}", "Accept: text/html",
        f"X-CSRF-Token: {supervisor.token}", "Content-Type: multipart/form-data; boundary=x",
        f"Content-Length: {3 * MOST_BYTES}", "Connection: close", "", "",
    )  # fmt: skip
    with socket.create_connection((url.host, url.port), timeout=15) as connection:
        connection.sendall("\r\n".join(head).encode())
        answer = connection.makefile("rb").read().decode()
    assert answer.startswith("HTTP/1.1 413")


def test_a_list_without_telephone_column_shows_what_is_there(
    supervisor: Visitor, campaign: Campaign, session: Session
) -> None:
    content = b"Name,Colour,Number to try\r\nAda,red,none\r\nBen,blue,312-555-0143\r\n"
    preview = address(send(supervisor, campaign, content))
    page = supervisor.get(preview)
    assert "No column of this list holds telephone numbers" in words(page)
    assert "Ada red none" in words(page)
    assert chosen(page.text)["field_phone"] == ""
    refused = supervisor.post(preview, chosen(page.text))
    assert refused.status_code == 422
    assert "No column of this list holds telephone numbers" in words(refused)
    assert not session.exec(select(CallList)).all()
    mended = supervisor.post(preview, {"field_phone": "Number to try", "field_name": "Name"})
    assert "New 1 Updated 0 Duplicate 0 Suppressed 0 Invalid 1" in toast(mended, supervisor)


def test_a_column_that_is_not_there_is_told_at_the_rows(
    supervisor: Visitor, campaign: Campaign, session: Session
) -> None:
    preview = address(send(supervisor, campaign, FILE.encode()))
    answer = supervisor.post(f"{preview}/preview", {"field_phone": "Telefon"}, htmx=True)
    assert answer.status_code == 422
    assert "There is no column “Telefon”. Did you mean “Telephone”?" in words(answer)
    loading = supervisor.post(preview, {"field_phone": "Telefon"})
    assert loading.status_code == 422
    assert "There is no column “Telefon”" in words(loading)
    assert session.exec(select(ListUpload)).one().content == FILE.encode()


def test_a_load_that_fails_on_the_way_wrote_nothing(
    supervisor: Visitor, campaign: Campaign, session: Session
) -> None:
    rows = [f"Ada {number},+1 312 555 01{number % 100:02}\r\n" for number in range(1500)]
    content = "Name,Phone\r\n" + "".join(rows) + "x" * 300_000 + ',3125550142\r\nBen,"never closed\r\n'
    preview = address(send(supervisor, campaign, content.encode()))
    answer = supervisor.post(preview, chosen(supervisor.get(preview).text))
    assert answer.status_code == 422
    assert "Line 1503: a quote opened in this row is never closed" in words(answer)
    assert not session.exec(select(CallList)).all()
    assert not session.exec(select(Contact)).all()
    assert session.exec(select(ListUpload)).one().call_list_id is None


def test_an_upload_is_kept_for_a_day(
    supervisor: Visitor, campaign: Campaign, session: Session, now: datetime
) -> None:
    old = address(send(supervisor, campaign, FILE.encode()))
    upload = session.get_one(ListUpload, UUID(old.rpartition("/")[2]))
    upload.uploaded_at = now - timedelta(days=1, hours=1)
    commit(session)
    send(supervisor, campaign, FILE.encode())
    answer = supervisor.get(old)
    assert answer.status_code == 404
    assert "a file is kept for a day" in words(answer)


def test_an_unknown_list_is_told_so(supervisor: Visitor) -> None:
    for path in (f"{LISTS}/1", f"{LISTS}/1/refused.csv"):
        assert supervisor.get(path).status_code == 404


def test_many_lists_have_pages(
    supervisor: Visitor, campaign: Campaign, session: Session, now: datetime
) -> None:
    session.add_all(
        CallList(
            campaign_id=campaign.id, name=f"List {number:02}", country="US", mapping={}, counts={},
            imported_at=now,
        )
        for number in range(60)
    )  # fmt: skip
    commit(session)
    first, second = supervisor.read(LISTS), supervisor.read(LISTS, page=2)
    assert "60 call lists Page 1 of 2 Next" in first
    assert "List 59" in first
    assert "List 09" not in first
    assert "List 09" in second
    assert supervisor.read(LISTS, page=0) == first
