"""Who may what: every route of every service, and whom it answers. docs/roles.md shows the same
table and is checked against it.
"""

from dataclasses import dataclass

from sebaya_contracts.words import Role

# Those who may knock, besides nobody at all. `student` holds the return code (intake) or the
# feedback link (evaluation) of the object.
STAFF = tuple(role.value for role in Role)
KNOCKERS = ("nobody", "student", *STAFF)
EVERYBODY = frozenset(KNOCKERS)


@dataclass(frozen=True, slots=True)
class Right:
    """One route. `district`: only for tokens of the whole district (`*`). `body` is a valid one."""

    service: str
    method: str
    path: str
    who: frozenset[str]
    body: object = None
    district: bool = False


def _right(
    service: str, route: str, *who: str, body: object = None, district: bool = False
) -> Right:
    method, path = route.split(" ")
    return Right(service, method, path, frozenset(who), body, district)


CASE_WANTED = {
    "topic": "loneliness",
    "language": "id",
    "text": "Aku makan siang di gudang terus.",
    "safety": {"self_harm_thoughts": "no", "danger_now": "no"},
    "consent": {"version": "2026-1", "age": 15},
    "door": "web",
}
SUPPORTER = {
    "supporter_id": "new-peer",
    "display_name": "New",
    "topics": ["grief"],
    "languages": ["id"],
    "state": "applied",
}
CLOSING = {
    "outcome": "unreachable",
    "note": "Called twice.",
    "peer_may_continue": True,
    "review_after": "week",
    "version": 1,
}
NO_CODE = "0000-0000-0000-0000"
ANSWERS = {"heard": 5, "safe": 4, "better": 4}
AT = "/schools/{school_id}"

RIGHTS = (
    _right("intake", f"GET {AT}", *KNOCKERS),
    _right("intake", f"POST {AT}/cases", *KNOCKERS, body=CASE_WANTED),
    _right("intake", f"GET {AT}/me", "student"),
    _right("intake", f"GET {AT}/me/messages", "student"),
    _right("intake", f"POST {AT}/me/messages", "student", body={"text": "Halo."}),
    _right("intake", f"GET {AT}/me/wishes", "student"),
    _right("intake", f"PUT {AT}/me/wishes", "student", body={"hours": ["mon-lunch"]}),
    _right("intake", f"PUT {AT}/me/first-words", "student", body={"peer_may_read": False}),
    _right("intake", f"PUT {AT}/me/contact-details", "student", body={"class_name": "X-1"}),
    _right("intake", f"DELETE {AT}/me/contact-details", "student"),
    _right("intake", f"GET {AT}/me/safety-plan", "student"),
    _right("intake", f"DELETE {AT}/me/safety-plan", "student"),
    _right("intake", f"POST {AT}/me/adult", "student"),
    _right("intake", f"POST {AT}/me/report", "student", body={"reason": "hurtful"}),
    _right("intake", f"POST {AT}/me/links", "student", body={"return_code": NO_CODE}),
    _right("intake", f"POST {AT}/me/rematch", "student"),
    _right("intake", f"POST {AT}/me/withdraw", "student"),
    _right("intake", f"DELETE {AT}/me", "student"),
    _right("intake", f"POST {AT}/me/feedback-token", "student"),
    _right("intake", f"GET {AT}/cases/{{case_id}}/messages", "supporter", "counsellor"),
    _right(
        "intake",
        f"POST {AT}/cases/{{case_id}}/messages",
        "supporter",
        "counsellor",
        body={"text": "Halo."},
    ),
    _right(
        "intake",
        f"POST {AT}/cases/{{case_id}}/worry",
        "supporter",
        body={"reason": "something_else"},
    ),
    _right(
        "intake",
        f"POST {AT}/cases/{{case_id}}/links",
        "counsellor",
        body={"case_id": "another", "reason": "same_events"},
    ),
    _right(
        "intake",
        f"POST {AT}/cases/{{case_id}}/links/separate",
        "counsellor",
        body={"case_id": "another"},
    ),
    _right(
        "intake",
        f"POST {AT}/cases/{{case_id}}/contact-details",
        "counsellor",
        body={"reason": "life_in_danger"},
    ),
    _right("intake", f"GET {AT}/cases/{{case_id}}/safety-plan", "counsellor"),
    _right(
        "intake",
        f"PUT {AT}/cases/{{case_id}}/safety-plan",
        "counsellor",
        body={"alone": "Jalan keliling lapangan"},
    ),
    _right("matching", f"GET {AT}/debriefs", "counsellor"),
    _right("matching", f"POST {AT}/supporters/{{supporter_id}}/debrief", "counsellor"),
    _right("intake", f"GET {AT}/set-aside", "coordinator"),
    _right(
        "intake",
        f"POST {AT}/set-aside",
        "coordinator",
        body={"since": "2026-05-01T00:00:00Z", "until": "2026-05-01T01:00:00Z"},
    ),
    _right("intake", f"POST {AT}/set-aside/{{group_id}}/undo", "coordinator"),
    _right("matching", f"POST {AT}/supporters", "coordinator", body=SUPPORTER),
    _right("matching", f"PATCH {AT}/supporters/{{supporter_id}}", "coordinator", body={"cap": 2}),
    _right("matching", f"GET {AT}/supporters", "coordinator"),
    _right("matching", f"GET {AT}/waiting", "coordinator"),
    _right("matching", f"GET {AT}/offers", "supporter"),
    _right("matching", f"GET {AT}/matches", "supporter"),
    _right("matching", f"POST {AT}/matches/{{match_id}}/accept", "supporter"),
    _right(
        "matching",
        f"POST {AT}/matches/{{match_id}}/decline",
        "supporter",
        body={"reason": "no_time"},
    ),
    _right("matching", f"POST {AT}/matches/{{match_id}}/meetings", "supporter", body={}),
    _right(
        "matching", f"POST {AT}/matches/{{match_id}}/close", "supporter", body={"end": "completed"}
    ),
    _right(
        "matching",
        f"POST {AT}/matches/{{match_id}}/hand-on",
        "supporter",
        body={"reason": "too_heavy"},
    ),
    _right("matching", f"POST {AT}/supporters/me/here", "supporter"),
    _right("matching", f"PUT {AT}/supporters/me/hours", "supporter", body={"hours": ["mon-lunch"]}),
    _right("matching", f"POST {AT}/supporters/me/pause", "supporter"),
    _right("escalation", f"GET {AT}/alerts", "counsellor"),
    _right("escalation", f"GET {AT}/alerts/{{alert_id}}", "counsellor"),
    _right("escalation", f"POST {AT}/alerts/{{alert_id}}/acknowledge", "counsellor"),
    _right("escalation", f"POST {AT}/alerts/{{alert_id}}/contact", "counsellor"),
    _right(
        "escalation", f"POST {AT}/alerts/{{alert_id}}/hand-over", "counsellor", body={"to": "sari"}
    ),
    _right("escalation", f"POST {AT}/alerts/{{alert_id}}/step-out", "counsellor"),
    _right("escalation", f"POST {AT}/alerts/{{alert_id}}/take-over", "counsellor"),
    _right("escalation", f"POST {AT}/alerts/{{alert_id}}/notes", "counsellor", body={"text": "x"}),
    _right("escalation", f"POST {AT}/alerts/{{alert_id}}/reviews", "counsellor", body={}),
    _right(
        "escalation",
        f"POST {AT}/alerts/{{alert_id}}/lower",
        "counsellor",
        body={"level": "amber", "reason": "x"},
    ),
    _right(
        "escalation",
        f"POST {AT}/alerts/{{alert_id}}/identity",
        "counsellor",
        body={"reason": "life_in_danger"},
    ),
    _right(
        "escalation",
        f"POST {AT}/alerts/{{alert_id}}/identity/answer",
        "coordinator",
        body={"answer": "not_known"},
    ),
    _right("escalation", f"GET {AT}/identity-questions", "coordinator"),
    _right("escalation", f"GET {AT}/opened-details", "coordinator"),
    _right("escalation", f"POST {AT}/alerts/{{alert_id}}/close", "counsellor", body=CLOSING),
    _right("escalation", f"GET {AT}/closed-alerts", "counsellor"),
    _right(
        "escalation",
        f"POST {AT}/alerts/{{alert_id}}/reopen",
        "counsellor",
        body={"reason": "It began again."},
    ),
    _right(
        "escalation",
        f"POST {AT}/alerts/{{alert_id}}/peer",
        "counsellor",
        body={"peer_may_continue": True},
    ),
    _right("escalation", f"GET {AT}/on-call", "counsellor", "coordinator", "operator"),
    _right("escalation", f"GET {AT}/coverage", "counsellor", "coordinator", "operator"),
    _right("escalation", f"GET {AT}/shifts", "counsellor"),
    _right("escalation", f"POST {AT}/shifts/changes", "counsellor", body={"to": "sari"}),
    _right("escalation", f"POST {AT}/shifts/changes/{{change_id}}/accept", "counsellor"),
    _right("escalation", f"POST {AT}/shifts/changes/{{change_id}}/decline", "counsellor"),
    _right("escalation", f"GET {AT}/audit", "operator"),
    _right("escalation", f"GET {AT}/webhook-key", "operator"),
    _right("evaluation", "GET /feedback-form", *KNOCKERS),
    _right("evaluation", f"POST {AT}/feedback", "student", "supporter", body={"answers": ANSWERS}),
    _right("evaluation", f"GET {AT}/report", "counsellor", "coordinator", "district_lead"),
    _right("evaluation", "GET /district/report", "district_lead", district=True),
    _right("evaluation", "GET /operations/totals", "operator", district=True),
    *(
        _right(service, "GET /operations/standing", "operator", district=True)
        for service in ("intake", "matching", "escalation", "evaluation")
    ),
)

# Open to whoever reaches the service; behind the entrance of a district only /docs and
# /openapi.json are.
OUTSIDE_THE_DOCUMENT = frozenset(
    {
        "/openapi.json",
        "/docs",
        "/docs/swagger-ui-bundle.js",
        "/docs/swagger-ui.css",
        "/health/startup",
        "/health/live",
        "/health/ready",
        "/metrics",
    }
)


@dataclass(frozen=True, slots=True)
class StaffPage:
    """One page of staff, and whom it lets in."""

    service: str
    method: str
    path: str
    who: frozenset[str]


def _pages(service: str, who: tuple[str, ...], *routes: str) -> tuple[StaffPage, ...]:
    return tuple(StaffPage(service, *route.split(" "), frozenset(who)) for route in routes)


THREAD = "/s/{school_id}/cases/{case_id}"
MINE = "/s/{school_id}/mine"
ALERTS = "/s/{school_id}/alerts"
SUPPORTERS = "/s/{school_id}/supporters"
SHIFTS = "/s/{school_id}/shifts"
REQUESTS = "/s/{school_id}/requests"
QUESTIONS = "/s/{school_id}/questions"
# They show what waits at the reader's own schools, whichever those are.
OF_OWN_SCHOOLS = frozenset({"/queue", "/queue/live"})
STAFF_PAGES = (
    *_pages(
        "intake",
        ("supporter", "counsellor"),
        f"GET {THREAD}",
        f"GET {THREAD}/live",
        f"POST {THREAD}",
    ),
    *_pages("intake", ("supporter",), f"POST {THREAD}/worry"),
    *_pages("intake", ("counsellor",), f"POST {THREAD}/link", f"POST {THREAD}/separate"),
    *_pages("intake", ("counsellor",), f"POST {THREAD}/found"),
    *_pages("intake", ("counsellor",), f"GET {THREAD}/plan", f"POST {THREAD}/plan"),
    *_pages("intake", ("coordinator",), f"GET {REQUESTS}", f"POST {REQUESTS}"),
    *_pages("intake", ("coordinator",), f"POST {REQUESTS}/{{group_id}}/undo"),
    *_pages("matching", ("supporter",), f"GET {MINE}", f"GET {MINE}/live", f"POST {MINE}/pause"),
    *_pages("matching", ("supporter",), f"POST {MINE}/here", f"POST {MINE}/hours"),
    *_pages(
        "matching",
        ("supporter",),
        *(
            f"POST {MINE}/{{match_id}}/{act}"
            for act in ("accept", "decline", "meetings", "close", "too-heavy", "known")
        ),
    ),
    *_pages(
        "matching",
        ("counsellor",),
        "GET /s/{school_id}/debriefs",
        "POST /s/{school_id}/debriefs/{supporter_id}/held",
    ),
    *_pages(
        "matching",
        ("coordinator",),
        "GET /s/{school_id}/waiting",
        f"GET {SUPPORTERS}",
        f"POST {SUPPORTERS}",
    ),
    *_pages(
        "matching",
        ("coordinator",),
        f"GET {SUPPORTERS}/{{supporter_id}}",
        f"POST {SUPPORTERS}/{{supporter_id}}",
    ),
    *_pages(
        "evaluation", ("counsellor", "coordinator", "district_lead"), "GET /s/{school_id}/report"
    ),
    *_pages("evaluation", ("district_lead",), "GET /district"),
    *_pages("evaluation", ("operator",), "GET /operations"),
    *(
        page
        for service in ("intake", "matching", "escalation", "evaluation")
        for page in _pages(
            service, ("operator",), "GET /operations/part", "GET /operations/part.svg"
        )
    ),
    *_pages("escalation", ("counsellor",), *(f"GET {path}" for path in sorted(OF_OWN_SCHOOLS))),
    *_pages("escalation", ("counsellor",), f"GET {SHIFTS}", f"POST {SHIFTS}"),
    *_pages(
        "escalation",
        ("counsellor",),
        *(f"POST {SHIFTS}/{{change_id}}/{act}" for act in ("accept", "decline")),
    ),
    *_pages("escalation", ("coordinator",), f"GET {QUESTIONS}", f"POST {QUESTIONS}/{{alert_id}}"),
    *_pages(
        "escalation",
        ("counsellor",),
        f"GET {ALERTS}",
        f"GET {ALERTS}/live",
        f"GET {ALERTS}/{{alert_id}}",
        "GET /s/{school_id}/closed-alerts",
    ),
    *_pages(
        "escalation",
        ("counsellor",),
        *(
            f"POST {ALERTS}/{{alert_id}}/{act}"
            for act in (
                "acknowledge",
                "contact",
                "hand-over",
                "take-over",
                "notes",
                "reviews",
                "lower",
                "step-out",
                "identity",
                "close",
                "reopen",
                "peer",
            )
        ),
    ),
)
# Open to everybody: signing in, the files, the language; and the pages of a student, which ask for
# the code or the link (tests/integration/intake/test_intake_pages*.py and their neighbour of
# evaluation try those).
_EVERYWHERE = (("GET", "/static/{name}"), ("POST", "/language"))
_SIGN_IN = (
    ("GET", "/signin"),
    ("GET", "/signin/claims"),
    ("GET", "/signin/done"),
    ("GET", "/signin/out"),
    ("POST", "/signin/backchannel-logout"),
    ("POST", "/signout"),
    ("POST", "/signout/{ticket}"),
    ("GET", "/home"),
)
_STUDENT = (
    "",
    "/help",
    "/ask",
    "/friend",
    "/code",
    "/return",
    "/me",
    "/me/live",
    "/me/earlier",
    "/me/wishes",
    "/me/erase",
    "/me/plan",
)
_STUDENT_SENDS = ("/ask", "/friend", "/code", "/return", "/return/adult", "/leave")
_STUDENT_DOES = (
    "messages",
    "wishes",
    "first-words",
    "found",
    "found/away",
    "plan/away",
    "adult",
    "report",
    "link",
    "rematch",
    "withdraw",
    "erase",
    "feedback",
    "questions",
)
OPEN_PAGES = {
    "intake": frozenset(
        (
            *_EVERYWHERE,
            *_SIGN_IN,
            ("GET", "/"),
            *(("GET", f"/s/{{school_id}}{path}") for path in _STUDENT),
            *(("POST", f"/s/{{school_id}}{path}") for path in _STUDENT_SENDS),
            *(("POST", f"/s/{{school_id}}/me/{act}") for act in _STUDENT_DOES),
        )
    ),
    "matching": frozenset((*_EVERYWHERE, *_SIGN_IN)),
    "escalation": frozenset((*_EVERYWHERE, *_SIGN_IN)),
    "evaluation": frozenset(
        (
            *_EVERYWHERE,
            *_SIGN_IN,
            *((method, "/s/{school_id}/feedback/{token}") for method in ("GET", "POST")),
            *((method, "/s/{school_id}/questions/{wave_token}") for method in ("GET", "POST")),
        )
    ),
}


def pages(service: str) -> frozenset[tuple[str, str]]:
    """Every page of a service."""
    return OPEN_PAGES[service] | {
        (page.method, page.path) for page in STAFF_PAGES if page.service == service
    }


def markdown() -> str:
    """The table as docs/roles.md shows it."""
    lines = [
        "| route | " + " | ".join(name.replace("_", " ") for name in KNOCKERS) + " |",
        "|---" * (1 + len(KNOCKERS)) + "|",
    ]
    for right in RIGHTS:
        mark = "all schools" if right.district else "yes"
        cells = [mark if name in right.who else "" for name in KNOCKERS]
        lines.append(
            f"| {right.service} `{right.method} {right.path}` | " + " | ".join(cells) + " |"
        )
    return "\n".join(lines)
