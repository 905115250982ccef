"""Hooks for schemathesis: how to sign up, log in and refresh."""

import functools
import itertools
import json
import os
import urllib.request

import schemathesis
from schemathesis import GenerationMode

PASSWORD = "correct horse battery"
# These end the session or the account that they are called with, so each call uses a new account.
ENDS_THE_SESSION = {
    "DELETE /api/account",
    "DELETE /api/sessions/{id}",
    "POST /api/logout",
}
numbers = itertools.count()
calls = itertools.count()


def post(path, body):
    request = urllib.request.Request(
        os.environ["HANDSTAMP_URL"] + path,
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"},
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def sign_up():
    """Creates an account. Returns its name and its access token."""
    name = f"user{next(numbers)}"
    account = {"username": name, "email": f"{name}@example.org", "password": PASSWORD}
    return name, post("/auth/sign_up", account)["access_token"]


@functools.cache
def credentials():
    return {"username": sign_up()[0], "password": PASSWORD}


@schemathesis.hook
def before_call(context, case, kwargs):
    """Makes every other valid login and refresh succeed."""
    if case.operation.label not in ("POST /api/login", "POST /api/refresh") or case.meta is None:
        return
    if case.meta.generation.mode != GenerationMode.POSITIVE or next(calls) % 2:
        return
    case.body = credentials()
    if case.operation.label == "POST /api/refresh":
        case.body = {"refresh_token": post("/api/login", credentials())["refresh_token"]}


@schemathesis.hook
def filter_case(context, case):
    """The server trims a text before it validates it, which a schema can't express. A text that is invalid only
    because of surrounding spaces is therefore a valid request."""
    if case.meta is None or case.meta.generation.mode != GenerationMode.NEGATIVE or not isinstance(case.body, dict):
        return True
    return not any(isinstance(text, str) and text != text.strip() for text in case.body.values())


@schemathesis.auth(refresh_interval=None)
class AccessToken:
    """Uses one account per operation, so that one operation can't end the session of another."""

    def __init__(self):
        self.tokens = {}

    def get(self, case, context):
        label = case.operation.label
        if label not in self.tokens or label in ENDS_THE_SESSION:
            self.tokens[label] = sign_up()[1]
        return self.tokens[label]

    def set(self, case, data, context):
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"Bearer {data}"
