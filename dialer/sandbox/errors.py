"""Twilio's refusals: code, HTTP status and words. Raised by the REST side, rendered in one place."""

from dataclasses import dataclass


@dataclass
class TwilioError(Exception):
    code: int
    message: str
    status: int = 400

    def body(self) -> dict[str, object]:
        return {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }


def authenticate() -> TwilioError:
    return TwilioError(20003, "Authenticate", 401)


def not_found(path: str) -> TwilioError:
    return TwilioError(20404, f"The requested resource {path} was not found", 404)


def not_allowed() -> TwilioError:
    return TwilioError(20004, "Method not allowed", 405)


def bad_parameter(name: str, value: str) -> TwilioError:
    return TwilioError(20001, f"Invalid value for parameter {name}: {value}")


def number_unavailable(number: str) -> TwilioError:
    return TwilioError(21422, f"{number} is not available.")


def no_number_in(area_code: str) -> TwilioError:
    return TwilioError(21452, f"No phone numbers found in area code {area_code}")


def unknown_application(sid: str) -> TwilioError:
    return TwilioError(21218, f"ApplicationSid is not valid: {sid}")


def not_in_progress() -> TwilioError:
    return TwilioError(21220, "Call is not in-progress. Cannot redirect.")


MAGIC_FROM = {
    "+15005550001": TwilioError(21212, "The 'From' number +15005550001 is not a valid phone number."),
}
MAGIC_TO = {
    "+15005550001": TwilioError(21217, "The phone number you are attempting to call is not valid."),
    "+15005550002": TwilioError(21214, "The phone number you are attempting to call cannot be reached."),
    "+15005550003": TwilioError(
        21215,
        "Account not authorized to call +15005550003. "
        "Perhaps you need to enable some international permissions.",
    ),
    "+15005550004": TwilioError(21216, "The phone number you are attempting to call is on the blocklist."),
}

REFUSALS = {
    refusal.code: refusal
    for refusal in (
        TwilioError(10001, "Account is not active", 401),
        TwilioError(10002, "Trial account does not support this feature", 400),
        TwilioError(10004, "Call concurrency limit exceeded", 403),
        TwilioError(20003, "Authenticate", 401),
        TwilioError(20005, "Account not active", 403),
        TwilioError(20429, "Too Many Requests", 429),
        TwilioError(20500, "An internal server error has occurred", 500),
        TwilioError(20503, "Service unavailable. Please try again", 503),
        TwilioError(21202, "The number you are attempting to call is a premium number"),
        TwilioError(21205, "Url is not a valid URL"),
        TwilioError(21210, "The source phone number provided is not yet verified for your account"),
        TwilioError(21211, "The phone number you are attempting to call is not valid."),
        TwilioError(21212, "The 'From' number is not a valid phone number."),
        TwilioError(21214, "The phone number you are attempting to call cannot be reached."),
        TwilioError(21215, "Account not authorized to call this number."),
        TwilioError(21216, "The phone number you are attempting to call is on the blocklist."),
        TwilioError(21217, "The phone number you are attempting to call is not valid."),
        TwilioError(21219, "The number is unverified. Trial accounts may only call verified numbers"),
        TwilioError(21609, "Invalid 'StatusCallback' URL"),
        TwilioError(21626, "Invalid 'StatusCallbackEvent'"),
        TwilioError(22005, "Call queue is full", 429),
    )
}
"""What `create_refused_code` may ask for; most can also be had by a request of their kind."""
