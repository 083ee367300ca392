"""Who may sign in: add, deactivate, let in again, set a new password, say where she speaks."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from sqlmodel import Session

from dialer.api.deps import Database, Now, Person, people
from dialer.core.enums import member_of
from dialer.core.errors import Conflict, InvalidFields, NotFound
from dialer.domain.agent import AgentLine
from dialer.domain.user import Role
from dialer.services import lines, users
from dialer.store import users as user_rows
from dialer.store.users import User
from dialer.web.frames import frame_of, page, redirect
from dialer.web.rendering import Message

router = APIRouter(prefix="/admin/users", include_in_schema=False)
Admin = Annotated[Person, Depends(people())]
ROLES = tuple((role.value, role.value.capitalize()) for role in Role)
LINES = ((AgentLine.BROWSER.value, "In the browser"), (AgentLine.PHONE.value, "At the telephone"))
YES = "yes"
Text = Annotated[str, Form(max_length=1000)]


@router.get("")
def everybody(request: Request, database: Database, now: Now, person: Admin) -> Response:
    return _shown(request, database, now, person)


@router.post("")
def add(
    request: Request,
    database: Database,
    now: Now,
    person: Admin,
    full_name: Text = "",
    username: Text = "",
    role: Text = "",
    password: Text = "",
) -> Response:
    form = {"full_name": full_name, "username": username, "role": role}
    try:
        chosen = member_of(Role, role)
        if chosen is None:
            raise InvalidFields({"role": "Choose what the person does."})
        user = users.add(database, username, full_name, chosen, password, person.user.id, now)
    except InvalidFields as error:
        return _shown(request, database, now, person, error.errors, form)
    except Conflict as error:
        return _shown(request, database, now, person, {"username": str(error)}, form)
    return redirect(router.prefix, Message("done", f"{user.full_name} may sign in as {user.username}."))


@router.post("/{user_id}/deactivate")
def deactivate(user_id: int, database: Database, now: Now, person: Admin) -> Response:
    user = _found(database, user_id)
    users.deactivate(database, user, person.user.id, now)
    return redirect(router.prefix, Message("done", f"{user.full_name} is signed out and may not sign in."))


@router.post("/{user_id}/activate")
def activate(user_id: int, database: Database, now: Now, person: Admin) -> Response:
    user = _found(database, user_id)
    users.activate(database, user, person.user.id, now)
    return redirect(router.prefix, Message("done", f"{user.full_name} may sign in again."))


@router.post("/{user_id}/password")
def set_password(
    user_id: int, request: Request, database: Database, now: Now, person: Admin, password: Text = ""
) -> Response:
    user = _found(database, user_id)
    try:
        users.set_password(database, user, password, person.user.id, now)
    except InvalidFields as error:
        errors = {f"password-{user_id}": error.errors["password"]}
        return _shown(request, database, now, person, errors)
    return redirect(router.prefix, Message("done", f"{user.full_name} signs in with the new password."))


@router.post("/{user_id}/line")
def set_line(
    user_id: int,
    request: Request,
    database: Database,
    now: Now,
    person: Admin,
    line: Text = "",
    phone: Text = "",
    takes_inbound: Text = "",
) -> Response:
    user = _found(database, user_id)
    try:
        chosen = member_of(AgentLine, line)
        if chosen is None:
            raise InvalidFields({"line": "Choose where the person speaks."})
        lines.set_line(database, user, chosen, phone, person.user.id, now)
        lines.set_inbound(database, user, takes_inbound == YES, person.user.id, now)
    except InvalidFields as error:
        errors = {f"{field}-{user_id}": text for field, text in error.errors.items()}
        sent = {
            f"line-{user_id}": line,
            f"phone-{user_id}": phone,
            f"takes_inbound-{user_id}": takes_inbound,
        }
        return _shown(request, database, now, person, errors, sent)
    where = "in the browser" if chosen is AgentLine.BROWSER else "at the telephone"
    return redirect(
        router.prefix, Message("done", f"{user.full_name} speaks {where} from the next shift on.")
    )


def _found(database: Session, user_id: int) -> User:
    user = database.get(User, user_id)
    if user is None:
        raise NotFound("There is no such user.")
    return user


def _shown(
    request: Request,
    database: Session,
    now: datetime,
    person: Person,
    errors: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
) -> Response:
    context = {
        "users": user_rows.everybody(database),
        "roles": ROLES,
        "own_id": person.user.id,
        "password_length": users.PASSWORD_LENGTH,
        "form": {"full_name": "", "username": "", "role": Role.AGENT.value} | dict(form or {}),
        "lines": LINES,
        "errors": errors or {},
    }
    return page("admin/users.html", frame_of(request, person, now), context, 422 if errors else 200)
