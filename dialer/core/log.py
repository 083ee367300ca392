"""One line a fact, as JSON on standard error, with the ids that are bound to it.

Never a secret and never a whole telephone number: callers log ids, and `mask` what is a number.
"""

import logging
import sys

import structlog

logger: structlog.stdlib.BoundLogger = structlog.get_logger()


def configure_logging(process: str, level: int = logging.INFO) -> None:
    logging.basicConfig(level=level, stream=sys.stderr, format="%(name)s %(levelname)s %(message)s")
    for noisy in ("twilio.http_client", "rq", "rq.worker", "rq.cron", "httpx", "alembic", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)
