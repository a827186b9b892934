"""Exchanges with Xagent: changing, sharing and deleting models, defaults, probes."""

from __future__ import annotations

from tests.e2e.fidelity.exchange import Step, get, post
from tests.e2e.fidelity.xagent_words import BY_ID, DEFAULT, MODELS, NOWHERE, REGISTER, default, delete, model, put

TYPES = (
    *("general", "small_fast", "visual", "compact", "embedding", "image", "image_edit", "video", "asr", "tts"),
    *("speech", "sound_effect", "music", "rerank"),
)


LISTED = (
    *("openai", "openai-compatible", "openrouter", "dashscope", "dashscope-embedding", "dashscope-rerank", "zhipu"),
    *("claude", "anthropic", "gemini", "google", "xinference", "xinference-rerank", "xinference-video", "elevenlabs"),
    *("elevenlabs-music", "elevenlabs-sound_effect", "zai-coding-plan", "zhipuai-coding-plan", "alibaba-coding-plan"),
    *("alibaba-coding-plan-cn", "minimax-coding-plan", "minimax-cn-coding-plan", "kimi-for-coding"),
    *("volcengine-ark", "byteplus-ark", "ark", "ark-video"),
)
"""Providers whose models can be asked for."""


def update() -> list[Step]:
    """Update models: what is left out is kept."""
    clear = dict.fromkeys(("temperature", "context_window", "dimension", "abilities", "description", "base_url"))
    return [
        post("create what changes", REGISTER, model("u", api_key="k", temperature=0.5, description="d", abilities=[])),
        put("change nothing", "u", {}),
        put("change to the same", "u", {"temperature": 0.5, "description": "d", "category": "llm", "abilities": []}),
        put("set the key to nothing", "u", {"api_key": ""}),
        put("set the key to blanks", "u", {"api_key": "  "}),
        put("set the key to null", "u", {"api_key": None}),
        put("change what cannot be", "u", {"model_id": "other", "is_active": False, "id": 9, "typo": 1}),
        put("set the key", "u", {"api_key": "k"}),
        put("change all", "u", {"model_name": " n2 ", "temperature": 1, "context_window": 9, "dimension": 4}),
        put("change texts", "u", {"base_url": " https://x.example ", "description": " d "}),
        put("change abilities", "u", {"abilities": ["b", "a", "b"]}),
        put("clear all", "u", clear),
        put("set an empty address", "u", {"base_url": ""}),
        put("set a provider by its alias", "u", {"model_provider": " BytePlus "}),
        put("set the provider deepseek", "u", {"model_provider": "deepseek"}),
        put("set the provider router", "u", {"model_provider": "router"}),
        put(
            "set the provider deepseek and its name",
            "u",
            {"model_provider": "deepseek", "model_name": "deepseek-v4-pro"},
        ),
        put("set another name at deepseek", "u", {"model_name": "gpt"}),
        put("set the provider openai", "u", {"model_provider": "openai"}),
        *(put(f"set {field} to null", "u", {field: None}) for field in ("model_name", "model_provider", "category")),
        put("set the name to nothing", "u", {"model_name": ""}),
        put("set an unknown category", "u", {"category": "banana"}),
        put("set abilities that fit no category", "u", {"abilities": ["weird"]}),
        put("set a category and its abilities wrong", "u", {"category": "image", "abilities": ["weird"]}),
        put("set a category without abilities", "u", {"category": "image", "abilities": []}),
        put("set a category alone", "u", {"category": "image"}),
        put("set fields of another category", "u", {"temperature": 2, "dimension": 8, "context_window": 1}),
        put("set wrong types", "u", {"temperature": "x", "abilities": [1], "share_with_users": "maybe", "category": 1}),
        put("set a name too long", "u", {"model_name": "x" * 2049}),
        put("set a list", "u", []),
        put("set nothing at all", "u", None),
        Step("set on the other route", "PUT", MODELS + "/u", {"description": "e"}),
        put("set the dropped fields", "u", {"language": "en", "voice": "v", "format": "mp3", "sample_rate": 1}),
        get("read what changed", BY_ID + "/u"),
    ]


def share() -> list[Step]:
    """Share models with all users."""
    return [
        post("create shared by ann", REGISTER, model("s", share_with_users=True), by="ann"),
        post("create by ann", REGISTER, model("anns", share_with_users=False), by="ann"),
        put("share by ann", "anns", {"share_with_users": True}, by="ann"),
        put("do not share by ann", "anns", {"share_with_users": False}, by="ann"),
        put("share null by ann", "anns", {"share_with_users": None}, by="ann"),
        get("read a private one of ann", BY_ID + "/anns"),
        put("change a private one of ann", "anns", {}),
        delete("delete a private one of ann", BY_ID + "/anns"),
        post("create what ann has", REGISTER, model("anns")),
        post(
            "create shared",
            REGISTER,
            model("s", share_with_users=True, abilities=["chat", "vision"]),
            save={"s_pk": "id"},
        ),
        get("read shared by ann", BY_ID + "/s", by="ann"),
        get("list by ann", MODELS + "/", by="ann"),
        get("summary by ann", MODELS + "/summary", by="ann"),
        put("change shared by ann", "s", {"description": "x"}, by="ann"),
        delete("delete shared by ann", BY_ID + "/s", by="ann"),
        get("read shared by another admin", BY_ID + "/s", by="olga"),
        put("change shared by another admin", "s", {"description": "x"}, by="olga"),
        delete("delete shared by another admin", BY_ID + "/s", by="olga"),
        get("read a private one by another admin", BY_ID + "/small", by="olga"),
        put("change a shared one's category", "s", {"category": "image"}),
        put("change a shared one's abilities", "s", {"abilities": ["chat"]}),
        put("change a shared one's both", "s", {"category": "image", "abilities": ["edit"]}),
        put("unshare and change in one", "s", {"share_with_users": False, "abilities": ["chat"]}),
        put("reorder a shared one's abilities", "s", {"abilities": ["vision", "chat", "chat"]}),
        put("clear a shared one's abilities", "s", {"abilities": None}),
        put("change a shared one's name", "s", {"model_name": "s2", "share_with_users": True}),
        default("ann's default is shared", "general", "{s_pk}", by="ann"),
        get("ann's default", DEFAULT + "/general", by="ann"),
        default("the owner's default is shared", "compact", "{s_pk}"),
        get("ann sees the owner's default", DEFAULT, by="ann"),
        put("unshare the owner's default", "s", {"share_with_users": False, "description": "rolled back"}),
        get("read what was rolled back", BY_ID + "/s"),
        delete("forget the owner's default", DEFAULT + "/compact"),
        put("unshare", "s", {"share_with_users": False}),
        get("ann's default is gone", DEFAULT + "/general", by="ann"),
        get("read the unshared by ann", BY_ID + "/s", by="ann"),
        default("ann's default is not shared", "general", "{s_pk}", by="ann"),
        put("unshare again", "s", {"share_with_users": False}),
        put("share again", "s", {"share_with_users": True}),
        default("ann's default once more", "small_fast", "{s_pk}", by="ann"),
        delete("delete what is ann's default", BY_ID + "/s"),
        get("ann's default is gone once more", DEFAULT + "/small_fast", by="ann"),
    ]


def defaults() -> list[Step]:
    """Defaults: one of a type for every user."""
    return [
        get("list no defaults", DEFAULT),
        get("read no default", DEFAULT + "/general"),
        delete("forget no default", DEFAULT + "/general"),
        get("read a default of no type", DEFAULT + "/nothing"),
        default("default of no type", "nothing", 1),
        default("default of a wrong type", 7, "x"),
        post("default of nothing", DEFAULT, {}),
        post("default by none", DEFAULT, {}, by="none"),
        default("default of an unknown model", "general", 9999),
        default("default past 64 bits", "general", 2**63),
        default("default by digits", "general", " {small_pk}"),
        default("default by a text", "general", "small"),
        *_every_type(),
        get("list the defaults", DEFAULT, ordered=True),
        get("list the defaults by ann", DEFAULT, by="ann"),
        *(get(f"default model of {one}", f"{MODELS}/default/{one}") for one in (*TYPES, "llm", "small-fast", "x")),
        get("default model by ann", MODELS + "/default/general", by="ann"),
        default("another default", "general", "{any_pk}"),
        get("read another default", DEFAULT + "/general"),
        default("visual without vision", "visual", "{small_pk}"),
        default("image_edit without edit", "image_edit", "{plain_image_pk}"),
        default("speech with tts alone", "speech", "{tts_pk}"),
        default("general of an image", "general", "{image_pk}"),
        default("default of an inactive one", "general", "{asleep_pk}"),
        get("read a default that is inactive", DEFAULT + "/general"),
        get("list a default that is inactive", DEFAULT),
        put("take the vision away", "sees", {"abilities": []}),
        default("visual, the vision taken away", "visual", "{sees_pk}"),
        get("read the default without vision", DEFAULT + "/visual"),
        delete("delete a default", BY_ID + "/sees"),
        delete("forget a default", DEFAULT + "/visual"),
        delete("forget it again", DEFAULT + "/visual"),
        delete("delete what was a default", BY_ID + "/sees"),
        get("list the defaults again", DEFAULT),
    ]


def _every_type() -> list[Step]:
    fits = {
        **dict.fromkeys(("general", "small_fast", "compact"), "small"),
        "visual": "sees",
        "image_edit": "image",
        **dict.fromkeys(("asr", "tts", "speech"), "speech"),
    }
    made = (
        model("sees", abilities=["vision"]),
        model("d-image", category="image", abilities=["edit"]),
        model("d-speech", category="speech", abilities=["asr", "tts"]),
        model("d-tts", category="speech", abilities=["tts"]),
        model("d-embedding", category="embedding"),
        *(model(f"d-{one}", category=one) for one in ("video", "sound_effect", "music", "rerank")),
    )
    names = [body["model_id"].removeprefix("d-") for body in made]
    return [
        *(
            post(f"create for a default, {name}", REGISTER, body, save={f"{name}_pk": "id"})
            for name, body in zip(names, made, strict=True)
        ),
        *(default(f"default of {one}", one, "{%s_pk}" % fits.get(one, one)) for one in TYPES),  # noqa: UP031
        *(get(f"read the default of {one}", f"{DEFAULT}/{one}") for one in TYPES),
    ]


def probes() -> list[Step]:
    """Probes of connections, where no provider can be reached."""
    connect = MODELS + "/test-connection"

    def probe(name: str, **fields: object) -> Step:
        body = {"model_provider": "openai-compatible", "model_name": "m", "api_key": "k", "base_url": NOWHERE, **fields}
        return post(name, connect, body)

    return [
        probe("probe an llm"),
        probe("probe an llm with a temperature", temperature=0.5, category="llm"),
        probe("probe an embedding", category="embedding", model_provider="openai"),
        probe("probe an unknown category", category="banana"),
        probe("probe an unknown provider", model_provider="never-heard-of"),
        probe("probe a speech provider that is none", category="speech", model_provider="openai"),
        probe("probe a sound effect provider that is none", category="sound_effect"),
        probe("probe a music provider that is none", category="music"),
        probe("probe deepseek with another's model", model_provider="deepseek"),
        probe("probe a rerank", category="rerank"),
        probe("probe bedrock without a region", model_provider="bedrock"),
        post("probe nothing", connect, {}),
        post("probe by none", connect, {}, by="none"),
        post("test no model", MODELS + "/test", {"model_ids": ["nothing-like-it"]}),
        post("test an embedding", MODELS + "/test", {"model_ids": ["c-embedding", "c-image"]}),
        post("test wrong types", MODELS + "/test", {"model_ids": "x"}),
        post("create what answers nowhere", REGISTER, model("away", base_url=NOWHERE, api_key="k")),
        post("test what answers nowhere", MODELS + "/test", {"model_ids": ["away"]}),
        post("test by none", MODELS + "/test", {}, by="none"),
        post("models of an unknown provider", MODELS + "/providers/x/models", {"api_key": "k"}),
        post("models of a provider without an address", MODELS + "/providers/xinference/models", {"api_key": "k"}),
        post("models without a key", MODELS + "/providers/openai/models", {}),
        post("models of deepseek", MODELS + "/providers/DeepSeek/models", {"api_key": "k"}),
        post("models of bedrock", MODELS + "/providers/bedrock/models", {"api_key": "k"}),
        post(
            "models of a provider and a category",
            MODELS + "/providers/dashscope/models",
            {"api_key": "k", "category": "rerank"},
        ),
        *(
            post(f"models of {one} nowhere", f"{MODELS}/providers/{one}/models", {"api_key": "k", "base_url": NOWHERE})
            for one in LISTED
        ),
        post("models by none", MODELS + "/providers/openai/models", {}, by="none"),
    ]


def auto() -> list[Step]:
    """The router's own model, which needs a package that is not there."""
    path = MODELS + "/auto-config"
    body = {"candidates": [{"target_model_id": 1, "routing_model_id": "x"}]}
    return [
        get("auto", path),
        get("auto profiles", path + "/profiles"),
        Step("set auto", "PUT", path, body),
        Step("set auto to nothing", "PUT", path, {"candidates": []}),
        get("auto by none", path, by="none"),
    ]


def remove() -> list[Step]:
    """Delete models."""
    return [
        delete("delete a default of another type", BY_ID + "/small"),
        delete("delete on the other route", MODELS + "/full"),
        delete("delete again", BY_ID + "/full"),
        delete("delete by none", BY_ID + "/u", by="none"),
        get("read the deleted", BY_ID + "/full"),
        post("create the deleted again", REGISTER, model("full")),
    ]
