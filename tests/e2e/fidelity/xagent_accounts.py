"""Exchanges with Xagent: routes that are not there, credentials, sessions, users."""

from __future__ import annotations

from typing import Any

from tests.e2e.fidelity.exchange import Step, get, post
from tests.e2e.fidelity.xagent_words import AUTH, MODELS, REGISTER, delete

ANN = {"username": "ann", "password": "anns-password"}


def routes_and_credentials() -> list[Step]:
    """Routes and credentials."""
    me = AUTH + "/me"
    return [
        get("health", "/health", by="none"),
        get("list without the slash", MODELS),
        post("create without the slash", MODELS, {}),
        get("an unknown path", "/api/nowhere"),
        get("an unknown path outside the API", "/nowhere", by="none"),
        post("an unknown path by POST", "/api/nowhere", {}),
        get("a path below a model", MODELS + "/a/b"),
        delete("a path below a model by DELETE", MODELS + "/a/b"),
        Step("another method", "PATCH", MODELS + "/a", {}),
        Step("another method on the list", "PUT", MODELS + "/", {}),
        Step("the head of the list", "HEAD", MODELS + "/"),
        get("who am I", me),
        get("who am I, by none", me, by="none"),
        get("who am I, by basic", me, by="basic"),
        get("who am I, by a token that is none", me, by="bad-jwt"),
        get("verify", AUTH + "/verify"),
        get("verify by none", AUTH + "/verify", by="none"),
        get("check", AUTH + "/check", by="none"),
        get("list by none", MODELS + "/", by="none"),
        get("list by a token that is none", MODELS + "/", by="bad-jwt"),
        post("create by none", REGISTER, {}, by="none"),
        get("setup status", AUTH + "/setup-status", by="none"),
        post("setup again", AUTH + "/setup-admin", {"username": "x", "password": "long-enough"}, by="none"),
        post("setup with a short password", AUTH + "/setup-admin", {"username": "x", "password": "short"}, by="none"),
        post("setup with nothing", AUTH + "/setup-admin", {}, by="none"),
        get("version", "/api/system/version", by="none"),
    ]


def accounts() -> list[Step]:
    """Accounts and sessions."""
    return [
        *_registration(),
        *_sessions(),
        *_passwords(),
        *_personal_keys(),
    ]


def _registration() -> list[Step]:
    register = AUTH + "/register"
    good = {**ANN, "email": "Ann@Example.com"}
    return [
        post("register", register, good, by="none"),
        post("register a taken name", register, {**good, "email": "b@example.com"}, by="none"),
        post("register a taken address", register, {**good, "username": "ann2"}, by="none"),
        post("register an address as name", register, {**good, "username": "x@example.com"}, by="none"),
        post("register without an address", register, {"username": "x", "password": "long-enough"}, by="none"),
        post("register with no address at all", register, {**good, "username": "x", "email": "nothing"}, by="none"),
        post("register with a short password", register, {**good, "password": "short"}, by="none"),
        post("register nothing", register, {}, by="none"),
        post("register wrong types", register, {"username": 1, "password": None, "email": []}, by="none"),
        post("register a list", register, [], by="none"),
    ]


def _sessions() -> list[Step]:
    login, refresh = AUTH + "/login", AUTH + "/refresh"
    tokens = {"ann": "access_token", "ann_refresh": "refresh_token"}
    return [
        post("log in", login, ANN, by="none", save=tokens),
        post("log in by address", login, {**ANN, "username": "aNN@example.com"}, by="none"),
        post("log in with blanks around", login, {**ANN, "username": " ann "}, by="none", save=tokens),
        post("log in with another case", login, {**ANN, "username": "Ann"}, by="none"),
        post("log in with a wrong password", login, {**ANN, "password": "x"}, by="none"),
        post("log in with nothing", login, {}, by="none"),
        post("log in with a form", login, b"username=ann&password=x", by="none"),
        post("log in with a list", login, ["ann"], by="none"),
        get("who am I, by ann", AUTH + "/me", by="ann"),
        post("refresh", refresh, {"refresh_token": "{ann_refresh}"}, by="none", save={"newer": "refresh_token"}),
        post("refresh with the one before", refresh, {"refresh_token": "{ann_refresh}"}, by="none"),
        post("refresh with what is none", refresh, {"refresh_token": "abc"}, by="none"),
        post("refresh with an access token", refresh, {"refresh_token": "{ann}"}, by="none"),
        post("refresh with nothing", refresh, {}, by="none"),
        get("list by a refresh token", MODELS + "/", by="newer"),
        post("log in a second time", login, ANN, by="none", save={"second": "access_token", "last": "refresh_token"}),
        post("refresh the first session", refresh, {"refresh_token": "{newer}"}, by="none"),
        get("list by the first session", MODELS + "/", by="ann"),
        post("log out of another session", AUTH + "/logout", {"refresh_token": "{newer}"}, by="ann"),
        post("log out", AUTH + "/logout", {}, by="second"),
        post("refresh after the logout", refresh, {"refresh_token": "{last}"}, by="none"),
        get("list after the logout", MODELS + "/", by="second"),
        post("log out by none", AUTH + "/logout", by="none"),
    ]


def _passwords() -> list[Step]:
    change = AUTH + "/change-password"
    new = {"current_password": ANN["password"], "new_password": "anns-new-password"}
    return [
        post("change a password, the old one wrong", change, {**new, "current_password": "x"}, by="ann"),
        post("change a password to a short one", change, {**new, "new_password": "x"}, by="ann"),
        post("change a password with nothing", change, {}, by="ann"),
        post("change a password by none", change, new, by="none"),
        post("change a password", change, new, by="ann"),
        get("list by a token from before", MODELS + "/", by="ann"),
        post("log in with the old password", AUTH + "/login", ANN, by="none"),
        post(
            "log in with the new password",
            AUTH + "/login",
            {"username": "ann", "password": "anns-new-password"},
            by="none",
            save={"ann": "access_token"},
        ),
    ]


def _personal_keys() -> list[Step]:
    keys = "/api/me/personal-keys"
    return [
        post("make a personal key", keys, by="ann", save={"ann_key": "full_key"}),
        get("list personal keys", keys, by="ann"),
        get("list by a personal key", MODELS + "/", by="ann_key"),
        delete("revoke a personal key", keys + "/1", by="ann"),
        delete("revoke a missing personal key", keys + "/9", by="ann"),
        get("list personal keys by none", keys, by="none"),
    ]


def lock_out() -> list[Step]:
    """Five failures lock an account out, the right password included."""

    def log_in(name: str, password: str, **account: Any) -> Step:
        return post(name, AUTH + "/login", {"username": "eve", **account, "password": password}, by="none")

    return [
        post("register eve", AUTH + "/register", {"username": "eve", "password": "eves-password", "email": "e@e.ee"}),
        *(log_in(f"eve fails {time}", "x") for time in range(1, 5)),
        log_in("eve gets in after four failures", "eves-password"),
        *(log_in(f"eve fails again {time}", "x") for time in range(1, 6)),
        log_in("eve is locked out", "x"),
        log_in("eve is locked out with the right password", "eves-password"),
        log_in("eve is locked out by her address too", "eves-password", username="e@e.ee"),
        *(log_in(f"nobody fails {time}", "x", username="Nobody") for time in range(1, 6)),
        log_in("nobody is locked out", "x", username=" nobody"),
    ]


def users() -> list[Step]:
    """Users, as an administrator sees them."""
    path = "/api/admin/users"
    return [
        get("list users", path),
        get("list users, past the last page", path + "?page=2&size=3"),
        get("list users by search", path + "?search=ANN"),
        get("list users with a wrong page", path + "?page=0&size=101"),
        get("list users by ann", path, by="ann"),
        get("list users by none", path, by="none"),
        delete("delete oneself", path + "/1"),
        delete("delete a user by ann", path + "/2", by="ann"),
        delete("delete a missing user", path + "/99"),
        delete("delete a user that is no number", path + "/x"),
    ]


def orphans() -> list[Step]:
    """What becomes of a deleted user's models."""
    bob = {"username": "bob", "password": "bobs-password"}
    body = {"model_id": "bobs", "model_provider": "openai", "model_name": "bobs-name"}
    return [
        post("register bob", AUTH + "/register", {**bob, "email": "bob@example.com"}),
        post("log in as bob", AUTH + "/login", bob, by="none", save={"bob": "access_token", "bob_id": "user_id"}),
        post("create by bob", REGISTER, body, by="bob"),
        delete("delete bob", "/api/admin/users/{bob_id}"),
        get("list by bob, who is gone", MODELS + "/", by="bob"),
        get("read what bob left", MODELS + "/bobs"),
        post("create what bob left", REGISTER, body),
        delete("delete what bob left", MODELS + "/bobs"),
        get("what bob left is public", MODELS + "/public/list?limit=100"),
        post("register bob again", AUTH + "/register", {**bob, "email": "bob@example.com"}),
        get("list by the token of the first bob", MODELS + "/", by="bob"),
    ]
