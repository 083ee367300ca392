"""Is the process alive; can it do its work."""

from fastapi import APIRouter, Depends, Response
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from dialer.api.deps import PUBLIC, allowed
from dialer.core.database import transaction
from dialer.core.redis import get_redis
from dialer.core.settings import get_settings
from dialer.migrations import runner

router = APIRouter(dependencies=[Depends(allowed(PUBLIC))], tags=["health"])


@router.get("/healthz")
async def alive() -> dict[str, str]:
    return {"status": "ok"}


@router.get("/readyz")
def ready(response: Response) -> dict[str, str]:
    """200 when the database answers and is migrated and Redis answers; 503 naming what does not."""
    checks = {"database": _database(), "redis": _redis()}
    if any(state != "ok" for state in checks.values()):
        response.status_code = 503
    return checks


def _database() -> str:
    try:
        with transaction() as session:
            session.connection().execute(text("SELECT 1"))
        at, head = runner.current(str(get_settings().database_url)), runner.head()
    except PoolTimeout:
        return "every connection of this process is in use"
    except SQLAlchemyError:
        return "does not answer"
    return "ok" if at == head else f"at migration {at}, this is {head}: run `dialer migrate`"


def _redis() -> str:
    try:
        get_redis().ping()
    except RedisError:
        return "does not answer"
    return "ok"
