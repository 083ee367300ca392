"""Live events: what the house publishes in Redis, as server-sent events to one open page.

Every stream begins with the event, so a page that reconnects sees at once how things stand; an
event that was missed is nothing, for a page always fetches the whole state.
"""

import json
from collections.abc import AsyncIterator

import redis.asyncio
from fastapi.responses import StreamingResponse
from redis.exceptions import RedisError

from dialer.core.log import logger
from dialer.core.outbox import Channel
from dialer.core.settings import get_settings

PING_SECONDS = 15
"""Also how long Redis may take to confirm that it listens."""


def stream(channel: Channel, key: str, first_event: str) -> StreamingResponse:
    return StreamingResponse(
        _events(f"{channel}:{key}", first_event),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _events(name: str, first_event: str) -> AsyncIterator[str]:
    """Ends when Redis is lost: the browser comes again by itself."""
    client = redis.asyncio.Redis.from_url(str(get_settings().redis_url))
    try:
        async with client.pubsub() as inbox:
            await inbox.subscribe(name)
            await inbox.get_message(timeout=PING_SECONDS)
            yield f"retry: 1000\nevent: {first_event}\ndata: {{}}\n\n"
            while True:
                message = await inbox.get_message(ignore_subscribe_messages=True, timeout=PING_SECONDS)
                if message is None:
                    yield "event: ping\ndata: {}\n\n"
                    continue
                told = json.loads(message["data"])
                yield f"event: {told['event']}\ndata: {json.dumps(told['data'])}\n\n"
    except RedisError as error:
        logger.warning("live_events_lost", channel=name, error=type(error).__name__)
    finally:
        await client.aclose()
