"""Exchanges with Xagent: making, finding and listing models."""

from __future__ import annotations

from tests.e2e.fidelity.exchange import Step, get, post
from tests.e2e.fidelity.xagent_words import BY_ID, MODELS, REGISTER, delete, model, put

CATEGORIES = ("embedding", "image", "video", "speech", "sound_effect", "music", "rerank")


def order() -> list[Step]:
    """The order of the list, while it is short."""
    return [
        get("list nothing", MODELS + "/"),
        get("list what is inactive", MODELS + "/?is_active=false"),
        get("read what is inactive", BY_ID + "/asleep"),
        post("create the first", REGISTER, model("first")),
        post("create the second", REGISTER, model("second")),
        post("create the third", MODELS + "/", model("third")),
        get("list in order", MODELS + "/", ordered=True),
        get("list a page", MODELS + "/?skip=1&limit=1", ordered=True),
        get("list past the end", MODELS + "/?skip=9"),
        put("change the first", "first", {"description": "changed"}),
        get("list in order after a change", MODELS + "/", ordered=True),
        delete("delete the third", BY_ID + "/third"),
        post("create after the last was deleted", REGISTER, model("fourth")),
        delete("delete the second", BY_ID + "/second"),
        post("create after one in the middle was deleted", REGISTER, model("fifth")),
        *(delete(f"delete the {name}", f"{BY_ID}/{name}") for name in ("first", "fourth", "fifth")),
    ]


def create() -> list[Step]:
    """Create models."""
    full = model(
        "full",
        category="llm",
        model_provider=" OpenAI ",
        model_name=" gpt-4o ",
        api_key=" sk-1 ",
        base_url=" https://llm.example.com/v1 ",
        temperature=1,
        context_window=128000,
        dimension=3,
        abilities=["vision", "chat", "chat"],
        description=" Kept as it is ",
        share_with_users=False,
        top_n=1,
        instruct="i",
        language="en",
        voice="v",
        format="mp3",
        sample_rate=8000,
        is_active=False,
        typo=1,
    )
    return [
        post("create the smallest", REGISTER, model("small")),
        post("create a full one", REGISTER, full),
        get("read the full one", BY_ID + "/full"),
        post("create a taken id", REGISTER, model("small", model_name="other")),
        post("create with blanks around the id", REGISTER, model(" blanks ")),
        post("create with an empty id", REGISTER, model("")),
        get("read the empty id", BY_ID + "/"),
        delete("delete the empty id", BY_ID + "/"),
        post("create with an empty provider", REGISTER, model("no-provider", model_provider=" ")),
        post("create with empty texts", REGISTER, model("empty", api_key="", base_url="", description="")),
        post("create with nulls", REGISTER, model("nulls", api_key=None, base_url=None, abilities=None)),
        post("create with 100 characters", REGISTER, model("x" * 100)),
        post("create with 101 characters", REGISTER, model("x" * 101)),
        post("create with nothing", REGISTER, {}),
        post("create without a name", REGISTER, {"model_id": "leak", "model_provider": "p", "api_key": "sk-LEAK"}),
        post("create with wrong types", REGISTER, model(7, category=None, temperature="x", abilities="chat")),
        post("create with more wrong types", REGISTER, model("b", context_window=10.5, share_with_users=None)),
        post("create with types that are taken", REGISTER, model("lax", temperature="0.5", context_window=10.0)),
        post("create with true as number", REGISTER, model("lax2", temperature=True, context_window="7")),
        post("create with extremes", REGISTER, model("wild", temperature=-99, context_window=-1)),
        post("create a list", REGISTER, []),
        post("create without a body", REGISTER),
        post("create from broken JSON", REGISTER, b'{"model_id": '),
        post("create from bytes that are no text", REGISTER, b"\xff{}"),
        post("create with a number past a float", REGISTER, _raw(b'"inf"', b'"temperature": 1e400')),
        post("create a reserved id", REGISTER, model("platform/x")),
        post("create a reserved id with blanks", REGISTER, model("  auto-router-x")),
        post("create with a case of its own", REGISTER, model("SMALL")),
        post("create with a slash", REGISTER, model("team/a b%2Fc?d#é")),
    ]


def _raw(id_: bytes, field: bytes) -> bytes:
    return b'{"model_id": %s, "model_provider": "p", "model_name": "n", %s}' % (id_, field)


def create_by_category() -> list[Step]:
    """Create models of every category, with what each stores and which abilities it has."""
    fields = {"temperature": 0.5, "context_window": 5, "dimension": 4}
    return [
        *(post(f"create {one}", REGISTER, model(f"c-{one}", category=one, **fields)) for one in CATEGORIES),
        *(
            post(f"create {one} with an ability that is none", REGISTER, model("b", category=one, abilities=["x"]))
            for one in CATEGORIES
        ),
        *(
            post(f"create {one} without abilities", REGISTER, model("b", category=one, abilities=[]))
            for one in CATEGORIES
        ),
        post("create speech with both", REGISTER, model("both", category="speech", abilities=["tts", "asr"])),
        post("create image with edit", REGISTER, model("edits", category="image", abilities=["edit"])),
        post("create llm with anything", REGISTER, model("any", abilities=["weird", ""])),
        post("create llm without abilities", REGISTER, model("none-at-all", abilities=[])),
        post("create an unknown category", REGISTER, model("b", category="LLM")),
        post("create an unknown category with abilities", REGISTER, model("b", category="x", abilities=["y"])),
    ]


def create_by_provider() -> list[Step]:
    """Create models of every provider, with the address that each gives."""
    defaults = (
        *("openai", "claude", "gemini", "azure_openai", "openai-compatible", "xinference", "elevenlabs"),
        *("openrouter", "dashscope", "volcengine-ark", "byteplus-ark", "zhipu", "zai-coding-plan"),
        *("zhipuai-coding-plan", "alibaba-coding-plan", "alibaba-coding-plan-cn", "minimax-coding-plan"),
        *("minimax-cn-coding-plan", "kimi-for-coding", "never-heard-of"),
    )
    aliases = ("Ark", "ark-video", "modelark", "model_ark", "Volcengine", "volcengine_ark", "byteplus", "byteplus_ark")
    plans = ("zai_coding_plan", "zhipuai_coding_plan", "alibaba_coding_plan", "alibaba_coding_plan_cn")
    more = ("minimax_coding_plan", "minimax_cn_coding_plan", "kimi_for_coding")
    video = {"category": "video", "model_provider": "volcengine"}
    rerank = {"category": "rerank", "model_provider": "dashscope", "base_url": "https://mine.example.com"}
    return [
        *(post(f"create at {one}", REGISTER, model(f"p-{one}", model_provider=one)) for one in defaults),
        *(
            post(f"create at the alias {one}", REGISTER, model(f"a-{one}", model_provider=one))
            for one in (*aliases, *plans, *more)
        ),
        post("create at the router", REGISTER, model("b", model_provider="Router")),
        post("create at deepseek", REGISTER, model("b", model_provider="deepseek")),
        post(
            "create at deepseek, a known one",
            REGISTER,
            model("d", model_provider="DeepSeek", model_name="deepseek-flash"),
        ),
        post("create a dreamina", REGISTER, model("dream", model_name="dreamina-1", **video)),
        post("create a dreamina of its own", REGISTER, model("dream2", model_name="dreamina-1", base_url="u", **video)),
        post("create a dashscope rerank", REGISTER, model("rr", model_name="QWEN3-rerank", **rerank)),
        post("create another dashscope rerank", REGISTER, model("rr2", model_name="gte-rerank-v2", **rerank)),
        post("create a nameless dashscope rerank", REGISTER, model("rr3", **{**rerank, "model_name": ""})),
        put("give the rerank its address", "rr", {"base_url": "https://mine.example.com"}),
    ]


def bedrock() -> list[Step]:
    """Bedrock, which has fields of its own."""
    at = {"model_provider": "bedrock", "bedrock_region": "us-east-1", "api_key": "k"}
    chain = {**at, "api_key": None, "bedrock_auth_mode": "credentials_chain"}
    aws = "https://bedrock-runtime.us-east-1.amazonaws.com"
    return [
        post("bedrock without a region", REGISTER, model("b", model_provider="bedrock", api_key="k")),
        post("bedrock with a wrong region", REGISTER, model("b", **{**at, "bedrock_region": "mars"})),
        post("bedrock without a key", REGISTER, model("b", **{**at, "api_key": None})),
        post("bedrock with a placeholder", REGISTER, model("b", **{**at, "api_key": "your-api-key"})),
        post("bedrock as embedding", REGISTER, model("b", category="embedding", **at)),
        post("bedrock with a wrong mode", REGISTER, model("b", **{**at, "bedrock_auth_mode": "x"})),
        post("bedrock with a wrong address", REGISTER, model("b", base_url="ftp://x", **at)),
        post("bedrock with an address with a query", REGISTER, model("b", base_url="https://x.example/?a=1", **at)),
        post("bedrock with the other product", REGISTER, model("b", base_url="https://bedrock-mantle.x", **at)),
        post("bedrock", REGISTER, model("br", **at)),
        post("bedrock by chain", REGISTER, model("br-chain", **chain)),
        post("bedrock by chain with a key", REGISTER, model("b", **{**chain, "api_key": "k"})),
        post("bedrock by chain elsewhere", REGISTER, model("b", base_url="https://x.example", **chain)),
        post("bedrock by chain at AWS", REGISTER, model("br-aws", base_url=aws, **chain)),
        post("bedrock by chain by ann", REGISTER, model("b", **chain), by="ann"),
        put("describe one at bedrock", "br", {"description": "d"}),
        put("another key", "br", {"api_key": "k2"}),
        put("another region", "br", {"bedrock_region": "eu-west-1"}),
        put("a wrong region", "br", {"bedrock_region": "mars"}),
        put("another category", "br", {"category": "image"}),
        put("by chain", "br", {"bedrock_auth_mode": "credentials_chain"}),
        put("by key again, without one", "br", {"bedrock_auth_mode": "api_key"}),
        put("by key again, with one", "br", {"bedrock_auth_mode": "api_key", "api_key": "k"}),
        put("away from bedrock", "br", {"model_provider": "openai"}),
        put("back without a region", "br", {"model_provider": "bedrock"}),
        put("back with all", "br", {**at, "base_url": "https://llm.example.com"}),
        put("bedrock fields elsewhere", "small", {"bedrock_region": "x", "bedrock_auth_mode": "api_key"}),
        post("bedrock fields elsewhere on create", REGISTER, model("no-br", bedrock_region="x")),
    ]


def limits() -> list[Step]:
    """Values at which databases differ."""
    return [
        post("create a provider of 51 characters", REGISTER, model("l-1", model_provider="p" * 51)),
        post("create a provider of 50 characters", REGISTER, model("l-2", model_provider="p" * 50)),
        post("create an address of 501 characters", REGISTER, model("l-3", base_url="u" * 501)),
        post("create an address of 500 characters", REGISTER, model("l-4", base_url="u" * 500)),
        post("create with a NUL in the id", REGISTER, model("l-5\0")),
        post("create with a NUL in the description", REGISTER, model("l-6", description="\0")),
        post("create with a NUL in an ability", REGISTER, model("l-6b", abilities=["\0"])),
        post("create past 32 bits", REGISTER, model("l-7", context_window=2**31)),
        post("create past 64 bits", REGISTER, model("l-8", context_window=2**63)),
        post("create half a character", REGISTER, _raw(b'"l-8b"', b'"description": "\\ud800"')),
        post("create after what failed", REGISTER, model("l-9")),
        put("a provider of 51 characters", "l-9", {"model_provider": "p" * 51}),
        put("a category of 21 characters", "l-9", {"category": "c" * 21}),
        put("past 32 bits", "l-9", {"dimension": -(2**31) - 1}),
        put("a region of 65 characters", "l-9", {"description": "\0"}),
        get("read by digits past 32 bits", BY_ID + "/99999999999"),
        get("read by digits past 64 bits", BY_ID + "/99999999999999999999"),
        post("create digits past 32 bits", REGISTER, model("99999999999")),
        get("read with a NUL", BY_ID + "/a%00b"),
        get("list past 64 bits", MODELS + "/?skip=9223372036854775808"),
        get("list with a NUL", MODELS + "/?category=%00"),
    ]


def find() -> list[Step]:
    """Find models: by number, then by id, then by name."""
    twice = "team%252Fa%2520b%25252Fc%253Fd%2523%25C3%25A9"
    return [
        get("read by number", MODELS + "/{small_pk}"),
        get("read by id", MODELS + "/small"),
        get("read by name", MODELS + "/small-name"),
        get("read by a name with blanks around", BY_ID + "/%20small%20"),
        get("read by another case", BY_ID + "/Small"),
        get("read nothing known", MODELS + "/nothing"),
        put("change nothing known", "nothing", {}),
        delete("delete nothing known", BY_ID + "/nothing"),
        get("read a slash", f"{BY_ID}/{twice}"),
        get("read a slash elsewhere", f"{MODELS}/{twice}"),
        get("read a slash, encoded once", BY_ID + "/team/a%20b%252Fc%3Fd%23%C3%A9"),
        post("create with a slash and nothing else odd", REGISTER, model("vendor/m:1@x")),
        get("read a plain slash, encoded once", BY_ID + "/vendor/m:1@x"),
        get("read a plain slash, encoded once elsewhere", MODELS + "/vendor%2Fm:1@x"),
        delete("delete a plain slash, encoded once elsewhere", MODELS + "/vendor%2Fm:1@x"),
        get("read a fixed word", MODELS + "/summary"),
        post("create a fixed word", REGISTER, model("summary")),
        get("read a fixed word by id", BY_ID + "/summary"),
        post("create a number that is taken", REGISTER, model(" {small_pk}")),
        post("create a number", REGISTER, model("7777")),
        get("read a number", BY_ID + "/7777"),
        post("create digits of another script", REGISTER, model("²")),
        post("create an alias of a name to come", REGISTER, model("fast", model_name="gpt-zz")),
        post("create an id that is a name", REGISTER, model("gpt-zz")),
        post("create an id", REGISTER, model("gpt-yy")),
        post("create an alias of an id", REGISTER, model("slow", model_name="gpt-yy")),
        get("read the id that is a name too", BY_ID + "/gpt-yy"),
        post("create a victim", REGISTER, model("victim", model_name="del-x")),
        delete("delete the victim by its name", BY_ID + "/del-x"),
        get("read the victim", BY_ID + "/victim"),
    ]


def lists() -> list[Step]:
    """Lists and statistics."""
    return [
        get("list all", MODELS + "/?limit=1000"),
        get("list a category", MODELS + "/?limit=1000&category=rerank"),
        get("list a provider", MODELS + "/?limit=1000&model_provider=byteplus-ark"),
        get("list a provider by its alias", MODELS + "/?model_provider=byteplus"),
        get("list a provider by another case", MODELS + "/?model_provider=OpenAI"),
        get("list with empty filters", MODELS + "/?limit=1000&category=&model_provider="),
        get("list with limits that are none", MODELS + "/?limit=0&skip=-1"),
        get("list with a limit too many", MODELS + "/?limit=1001"),
        get("list with words for numbers", MODELS + "/?limit=x&skip=y&is_active=z"),
        get("list with is_active empty", MODELS + "/?is_active="),
        get("list with is_active as a word", MODELS + "/?is_active=off"),
        get("categories", MODELS + "/categories"),
        get("providers", MODELS + "/providers"),
        get("abilities", MODELS + "/abilities"),
        get("summary", MODELS + "/summary"),
        get("categories by none", MODELS + "/categories", by="none"),
        get("public list", MODELS + "/public/list?limit=100", by="none"),
        get("public list of a category", MODELS + "/public/list?category=embedding", by="none"),
        get("public list of a provider", MODELS + "/public/list?provider=bedrock", by="none"),
        get("public list with limits that are none", MODELS + "/public/list?limit=101", by="none"),
        get("public categories", MODELS + "/public/categories", by="none"),
        get("public providers", MODELS + "/public/providers", by="none"),
        get("public summary", MODELS + "/public/summary", by="none"),
        get("supported providers", MODELS + "/providers/supported", by="none", ordered=True),
    ]
