"""The review of verdicts: a supervisor hears samples of what was judged a machine, and says who it was."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response

from dialer.api.deps import Database, Now, Person, people
from dialer.domain.recording import VerdictReview
from dialer.domain.user import Role
from dialer.services import verdict_pages, verdicts
from dialer.web.frames import frame_of, page, redirect
from dialer.web.rendering import Message

router = APIRouter(prefix="/supervisor/verdicts", include_in_schema=False)
Supervisor = Annotated[Person, Depends(people(Role.SUPERVISOR))]
AT_ONCE = 20
JUDGED = 20
SAID = {
    VerdictReview.HUMAN: "A person: the call counts as abandoned from now on.",
    VerdictReview.MACHINE: "A machine: the verdict was right.",
    VerdictReview.UNCLEAR: "Unclear: it counts neither way.",
}


@router.get("")
def waiting(request: Request, database: Database, now: Now, person: Supervisor) -> Response:
    context = {
        "samples": verdict_pages.waiting(database, AT_ONCE),
        "judged": verdict_pages.judged(database, JUDGED),
        "campaigns": verdict_pages.by_campaign(database),
    }
    return page("supervisor/verdicts.html", frame_of(request, person, now), context)


@router.post("/{recording_id}")
def judge(
    recording_id: UUID,
    database: Database,
    now: Now,
    person: Supervisor,
    review: Annotated[VerdictReview, Form()],
) -> Response:
    verdicts.judge(database, recording_id, review, person.user.id, now)
    return redirect(router.prefix, Message("done", SAID[review]))


@router.post("/{recording_id}/undo")
def undo(recording_id: UUID, database: Database, now: Now, person: Supervisor) -> Response:
    verdicts.take_back(database, recording_id, person.user.id, now)
    return redirect(router.prefix, Message("done", "Undone: the sample waits to be heard again."))
