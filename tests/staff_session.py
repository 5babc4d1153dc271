"""Sessions of staff for tests that begin behind the sign-in."""

import secrets
import time
from functools import cache
from typing import Any

from fastapi import FastAPI
from pymongo import MongoClient
from pymongo.collection import Collection

from sebaya_chassis.base.settings import ChassisSettings
from sebaya_chassis.storage.sessions import COLLECTION, DATABASE
from sebaya_chassis.web.auth import Principal
from sebaya_chassis.web.pages.provider import Grant
from sebaya_chassis.web.pages.staff_sessions import Sessions


def begin_session(app: FastAPI, principal: Principal, seconds: float = 3600.0) -> str:
    """Begin a session of so many seconds, without a refresh token; return its cookie's value."""
    name, sessions = secrets.token_urlsafe(32), app.state.sessions
    assert isinstance(sessions, Sessions)
    grant = Grant({"exp": time.time() + seconds}, "", "")
    stored_sessions(app).insert_one(sessions.begin(name, principal, grant).document())
    return name


def stored_sessions(app: FastAPI) -> Collection[dict[str, Any]]:
    """Return the sessions of an app's installation, as they are stored."""
    settings: ChassisSettings = app.state.provider.settings
    database = f"{settings.database_prefix}_{DATABASE}"
    return _client(settings.mongodb_uri)[database][COLLECTION]


@cache
def _client(uri: str) -> MongoClient[dict[str, Any]]:
    return MongoClient(uri)
