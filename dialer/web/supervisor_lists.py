"""Call lists: all of them, a file sent, looked at and loaded, and what became of its rows."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, File, Form, Request, Response, UploadFile
from sqlmodel import Session

from dialer.api.deps import Database, Now, Person, people
from dialer.core.database import transaction
from dialer.core.errors import Invalid, InvalidFields
from dialer.domain.list_mapping import ContactField
from dialer.domain.user import Role
from dialer.services import call_lists, list_uploads, loaded_lists
from dialer.services.list_uploads import MOST_BYTES, Preview
from dialer.store import call_lists as list_rows
from dialer.store import campaigns
from dialer.store.call_lists import ListUpload
from dialer.store.campaigns import Campaign
from dialer.web.csv_files import download
from dialer.web.frames import frame_of, page, redirect
from dialer.web.lists import Pages
from dialer.web.rendering import Message

router = APIRouter(prefix="/supervisor/lists", include_in_schema=False)
Supervisor = Annotated[Person, Depends(people(Role.SUPERVISOR))]
PAGE_SIZE = 50
COUNTRIES = (
    ("US", "United States"), ("CA", "Canada"), ("GB", "United Kingdom"), ("IE", "Ireland"),
    ("AU", "Australia"), ("NZ", "New Zealand"), ("FR", "France"), ("DE", "Germany"),
    ("AT", "Austria"), ("CH", "Switzerland"), ("BE", "Belgium"), ("NL", "Netherlands"),
    ("LU", "Luxembourg"), ("ES", "Spain"), ("IT", "Italy"), ("PT", "Portugal"),
    ("PL", "Poland"), ("SE", "Sweden"), ("NO", "Norway"), ("DK", "Denmark"),
    ("FI", "Finland"), ("MX", "Mexico"), ("BR", "Brazil"), ("IN", "India"),
    ("JP", "Japan"), ("PR", "Puerto Rico"),
)  # fmt: skip
FIELD = "field_"


async def chosen_columns(request: Request) -> dict[str, str]:
    """Field to column, as the preview's form sends them."""
    form = await request.form()
    return {item.value: str(form[FIELD + item]) for item in ContactField if FIELD + item in form}


Columns = Annotated[dict[str, str], Depends(chosen_columns)]


@router.get("")
def everything(
    request: Request, database: Database, now: Now, person: Supervisor, pages: Annotated[Pages, Depends()]
) -> Response:
    cut = pages.of(list_rows.count(database), PAGE_SIZE, f"{router.prefix}?page=")
    shown = {"lists": loaded_lists.page_of(database, cut.offset, cut.size)}
    return page("supervisor/lists.html", frame_of(request, person, now), shown | cut.told)


@router.get("/upload")
def upload(
    request: Request, database: Database, now: Now, person: Supervisor, campaign: str = ""
) -> Response:
    form = {"campaign": campaign, "name": "", "country": "US"}
    return _upload_form(request, database, now, person, form, {})


@router.post("/upload", max_body_size=2 * MOST_BYTES)
def send(
    request: Request,
    database: Database,
    now: Now,
    person: Supervisor,
    file: Annotated[UploadFile | None, File()] = None,
    campaign: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    country: Annotated[str, Form()] = "US",
) -> Response:
    """Keep the file and go on to how it will be read; refused, everything else stays as it was."""
    content = file.file.read(MOST_BYTES + 1) if file is not None else b""
    file_name = (file.filename if file is not None else None) or ""
    try:
        kept = list_uploads.keep(
            database,
            campaigns.by_slug(database, campaign),
            name,
            country,
            file_name,
            content,
            person.user.id,
            now,
        )
    except InvalidFields as error:
        form = {"campaign": campaign, "name": name, "country": country}
        return _upload_form(request, database, now, person, form, error.errors)
    return redirect(f"{router.prefix}/uploads/{kept.id}")


@router.get("/uploads/{upload_id}")
def preview(upload_id: UUID, request: Request, database: Database, now: Now, person: Supervisor) -> Response:
    found = list_uploads.find(database, upload_id)
    if found.call_list_id is not None:
        return redirect(f"{router.prefix}/{found.call_list_id}")
    return _preview(request, database, now, person, found, list_uploads.preview(found))


@router.post("/uploads/{upload_id}/preview")
def preview_again(
    upload_id: UUID, request: Request, database: Database, now: Now, person: Supervisor, columns: Columns
) -> Response:
    shown = vars(list_uploads.preview(list_uploads.find(database, upload_id), columns))
    status = 422 if shown["error"] else 200
    return page("supervisor/_list_rows.html", frame_of(request, person, now), shown, status)


@router.post("/uploads/{upload_id}")
def load(
    upload_id: UUID, request: Request, database: Database, now: Now, person: Supervisor, columns: Columns
) -> Response:
    found = list_uploads.find(database, upload_id, locked=True)
    try:
        call_list_id = list_uploads.load(database, found, columns, now)
    except Invalid as error:
        shown = list_uploads.preview(found, columns)
        return _preview(request, database, now, person, found, shown, str(error))
    return redirect(f"{router.prefix}/{call_list_id}", Message("done", "The list is loaded."))


@router.get("/{call_list_id}")
def result(call_list_id: int, request: Request, database: Database, now: Now, person: Supervisor) -> Response:
    shown = vars(loaded_lists.result(database, call_list_id))
    return page("supervisor/list_result.html", frame_of(request, person, now), shown)


@router.get("/{call_list_id}/refused.csv")
def refused(call_list_id: int, database: Database, person: Supervisor) -> Response:
    """The refused rows as they came, to be put right and sent again."""
    found = loaded_lists.found(database, call_list_id)
    return download(f"refused-{found.id}.csv", _refused_rows(found.id, found.headers))


def _refused_rows(call_list_id: int, headers: list[str]) -> Iterator[Sequence[str]]:
    """From a transaction of its own: the request's ends before the answer is sent."""
    with transaction() as session:
        yield from call_lists.refused_csv_rows(headers, list_rows.every_refused_row(session, call_list_id))


def _upload_form(
    request: Request,
    database: Session,
    now: datetime,
    person: Person,
    form: Mapping[str, str],
    errors: Mapping[str, str],
) -> Response:
    shown = {
        "campaigns": [(campaign.slug, campaign.name) for campaign in campaigns.everything(database)],
        "countries": COUNTRIES,
        "form": form,
        "errors": errors,
    }
    status = 422 if errors else 200
    return page("supervisor/list_upload.html", frame_of(request, person, now), shown, status)


def _preview(
    request: Request,
    database: Session,
    now: datetime,
    person: Person,
    upload: ListUpload,
    preview: Preview,
    error: str = "",
) -> Response:
    told: dict[str, Any] = {
        "id": upload.id,
        "file_name": upload.file_name,
        "campaign": database.get_one(Campaign, upload.campaign_id).name,
        "country": upload.country,
        "rows": preview.row_count,
        "is_estimate": preview.is_estimate,
        "form_words": preview.form_words,
    }
    shown = vars(preview) | {"upload": told, "error": error or preview.error}
    status = 422 if error else 200
    return page("supervisor/list_preview.html", frame_of(request, person, now), shown, status)
