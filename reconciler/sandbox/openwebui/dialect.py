"""How the served versions of Open WebUI differ, one field per difference.

Takes a version, gives what was observed of it.
It never decides anything: the modules beside it ask.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

Permissions: TypeAlias = Mapping[str, Mapping[str, bool]]


@dataclass(frozen=True, slots=True)
class Dialect:
    """One version; each field says what holds in it (all observed on real servers)."""

    version: str
    permissions: Permissions
    """What every user may do where no group says more."""

    # sign-in and users
    human_session: bool = True
    """`GET /auths/` answers 403 to an API key."""
    terse_auth_errors: bool = True
    """A body that does not fit, under `/auths`, is refused without saying why."""
    user_details: bool = True
    """User lists tell `last_active_at` and `timezone`."""

    # models
    typed_extras: bool = True
    """`meta.voice`, `meta.voice_avatar` and `params.model_controls` are checked; before, they were free."""
    history: bool = True
    """Models have a `version_id`, a history and commit messages."""
    grants_on_update: bool = False
    """`/model/update` replaces the grants where it is given some."""
    update_activates: bool = False
    """`/model/update` without `is_active` makes the model active."""
    strict_audience: bool = True
    """`/model/access/update` refuses an audience that is not allowed; before, it dropped those grants."""
    drops_variables: bool = True
    """`meta.chat_variables_schema` is not stored."""
    sync_works: bool = True
    """`/sync` replaces all models; before, on SQLite, it answered `[]` and did nothing."""
    chat_params: bool = True
    """The chat list has empty `info.params`."""
    import_grants: bool = False
    """`/import` replaces the grants of a model that exists."""
    sharing_key: bool = True
    """There is a permission for each kind of thing without which a user shares it with nobody."""

    # tools and functions
    open_tool_meta: bool = True
    """Keys of a tool's `meta` that nobody knows are kept."""
    says_code_errors: bool = True
    """A refused update says what is wrong with the code."""
    bad_code_deactivates: bool = False
    """An update to bad code is refused, and switches the function off all the same."""
    computes_switch: bool = True
    """`meta.toggle` of a function is the server's; before, what was sent stayed, and true came after the answer."""

    # rows
    keeps_equal: bool = True
    """A field is not written where Python calls the old and the new value equal; prompts and defaults are always so."""

    # groups
    group_trees: bool = True
    """Groups have parents, default models are checked and cleaned, `data` is merged, missing groups are 404."""


def _permissions(**sections: str) -> Permissions:
    """Read `section="allowed allowed -refused"`."""
    return {
        section: {word.removeprefix("-"): not word.startswith("-") for word in words.split()}
        for section, words in sections.items()
    }


_PERMISSIONS_0_11 = _permissions(
    workspace="-models -knowledge -prompts -tools -skills -models_import -models_export -prompts_import"
    " -prompts_export -tools_import -tools_export -skills_import -skills_export",
    sharing="-models -public_models -knowledge -public_knowledge -prompts -public_prompts -tools -public_tools -skills"
    " -public_skills -notes -public_notes -folders -public_calendars -public_chats -open_chats",
    access_grants="allow_users allow_groups",
    chat="controls valves system_prompt params file_upload web_upload delete delete_message continue_response"
    " regenerate_response rate_response edit share export import stt tts call multiple_models temporary"
    " -temporary_enforced",
    features="-api_keys notes folders channels -direct_tool_servers -automations -webhooks calendar web_search"
    " image_generation code_interpreter memories",
    settings="interface",
)

V0_12_4 = Dialect(
    version="0.12.4",
    permissions={
        **_PERMISSIONS_0_11,
        "workspace": {**_PERMISSIONS_0_11["workspace"], "models_hidden": False},
        "features": {**_PERMISSIONS_0_11["features"], "encrypted_channels": False},
    },
)

V0_11_4 = replace(
    V0_12_4,
    version="0.11.4",
    permissions=_PERMISSIONS_0_11,
    human_session=False,
    terse_auth_errors=False,
    user_details=False,
    typed_extras=False,
    history=False,
    grants_on_update=True,
    update_activates=True,
    strict_audience=False,
    drops_variables=False,
    sync_works=False,
    chat_params=False,
    import_grants=True,
    sharing_key=False,
    open_tool_meta=False,
    says_code_errors=False,
    bad_code_deactivates=True,
    computes_switch=False,
    keeps_equal=False,
    group_trees=False,
)

DIALECTS = {dialect.version: dialect for dialect in (V0_12_4, V0_11_4)}
