"""The built-in models: what every organisation sees, and nobody can change.

Takes nothing, gives rows. There are more of them than fit on a page, as on the real server; which models there are
and what they cost is an example, and no vendor's price list.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.sandbox.store import Row

VENDORS = {
    "openai": "OpenAI",
    "anthropic": "Anthropic",
    "gemini": "Google Gemini",
    "vertex_ai": "Google Vertex AI",
    "bedrock": "AWS Bedrock",
    "azure": "Azure OpenAI",
    "mistral": "Mistral",
    "groq": "Groq",
    "deepseek": "DeepSeek",
    "xai": "xAI",
    "cohere": "Cohere",
    "togetherai": "Together AI",
}

PARAMS: dict[str, Row] = {
    "temperature": {"type": "number", "default": 1, "min": 0, "max": 2},
    "top_p": {"type": "number", "default": 1, "min": 0, "max": 1},
    "max_tokens": {"type": "integer", "default": None, "min": 1, "max": None},
    "frequency_penalty": {"type": "number", "default": 0, "min": -2, "max": 2},
    "presence_penalty": {"type": "number", "default": 0, "min": -2, "max": 2},
}
"""The parameters of a chat model, before anything overrides them."""

_KINDS = {"e": "embedding", "a": "audio"}

# name, context window, USD per 1M tokens: input, output, cache hit, cache creation;
# then letters: f calls functions, i takes images, e embeds, a is audio, d is deprecated.
_TABLE = """
openai/gpt-3.5-turbo                                 16385    0.5    1.5    0      0      fd
openai/gpt-4                                         8192     30     60     0      0      f
openai/gpt-4-turbo                                   128000   10     30     0      0      fi
openai/gpt-4.1                                       1047576  2      8      0.5    0      fi
openai/gpt-4.1-mini                                  1047576  0.4    1.6    0.1    0      fi
openai/gpt-4.1-nano                                  1047576  0.1    0.4    0.025  0      fi
openai/gpt-4o                                        128000   2.5    10     1.25   0      fi
openai/gpt-4o-2024-08-06                             128000   2.5    10     1.25   0      fi
openai/gpt-4o-2024-11-20                             128000   2.5    10     1.25   0      fi
openai/gpt-4o-audio-preview                          128000   2.5    10     0      0      fa
openai/gpt-4o-mini                                   128000   0.15   0.6    0.075  0      fi
openai/gpt-4o-mini-2024-07-18                        128000   0.15   0.6    0.075  0      fi
openai/gpt-5                                         400000   1.25   10     0.125  0      fi
openai/gpt-5-mini                                    400000   0.25   2      0.025  0      fi
openai/gpt-5-nano                                    400000   0.05   0.4    0.005  0      fi
openai/o1                                            200000   15     60     7.5    0      fi
openai/o3                                            200000   2      8      0.5    0      fi
openai/o3-mini                                       200000   1.1    4.4    0.55   0      f
openai/o4-mini                                       200000   1.1    4.4    0.275  0      fi
openai/text-embedding-3-large                        8191     0.13   0      0      0      e
openai/text-embedding-3-small                        8191     0.02   0      0      0      e
openai/text-embedding-ada-002                        8191     0.1    0      0      0      ed
openai/tts-1                                         4096     15     0      0      0      a
openai/whisper-1                                     4096     0      0      0      0      a
anthropic/claude-3-haiku-20240307                    200000   0.25   1.25   0.03   0.3    fi
anthropic/claude-3-opus-20240229                     200000   15     75     1.5    18.75  fid
anthropic/claude-3-5-haiku-20241022                  200000   0.8    4      0.08   1      fi
anthropic/claude-3-5-sonnet-20240620                 200000   3      15     0.3    3.75   fid
anthropic/claude-3-5-sonnet-20241022                 200000   3      15     0.3    3.75   fi
anthropic/claude-3-7-sonnet-20250219                 200000   3      15     0.3    3.75   fi
anthropic/claude-haiku-4-5                           200000   1      5      0.1    1.25   fi
anthropic/claude-opus-4-1                            200000   15     75     1.5    18.75  fi
anthropic/claude-opus-4-5                            200000   5      25     0.5    6.25   fi
anthropic/claude-sonnet-4                            200000   3      15     0.3    3.75   fi
anthropic/claude-sonnet-4-5                          200000   3      15     0.3    3.75   fi
gemini/gemini-1.5-flash                              1048576  0.075  0.3    0      0      fid
gemini/gemini-1.5-pro                                2097152  1.25   5      0      0      fid
gemini/gemini-2.0-flash                              1048576  0.1    0.4    0.025  0      fi
gemini/gemini-2.0-flash-lite                         1048576  0.075  0.3    0      0      fi
gemini/gemini-2.5-flash                              1048576  0.3    2.5    0.03   0      fi
gemini/gemini-2.5-flash-lite                         1048576  0.1    0.4    0.01   0      fi
gemini/gemini-2.5-pro                                1048576  1.25   10     0.125  0      fi
gemini/gemini-3-pro                                  1048576  2      12     0.2    0      fi
gemini/gemini-embedding-001                          2048     0.15   0      0      0      e
vertex_ai/claude-haiku-4-5                           200000   1      5      0.1    1.25   fi
vertex_ai/claude-opus-4-5                            200000   5      25     0.5    6.25   fi
vertex_ai/claude-sonnet-4-5                          200000   3      15     0.3    3.75   fi
vertex_ai/gemini-2.0-flash                           1048576  0.15   0.6    0      0      fi
vertex_ai/gemini-2.5-flash                           1048576  0.3    2.5    0.03   0      fi
vertex_ai/gemini-2.5-pro                             1048576  1.25   10     0.125  0      fi
vertex_ai/text-embedding-005                         2048     0.025  0      0      0      e
bedrock/amazon.nova-lite-v1:0                        300000   0.06   0.24   0      0      fi
bedrock/amazon.nova-micro-v1:0                       128000   0.035  0.14   0      0      f
bedrock/amazon.nova-pro-v1:0                         300000   0.8    3.2    0      0      fi
bedrock/amazon.titan-embed-text-v2:0                 8192     0.02   0      0      0      e
bedrock/anthropic.claude-3-5-haiku-20241022-v1:0     200000   0.8    4      0.08   1      fi
bedrock/anthropic.claude-3-5-sonnet-20241022-v2:0    200000   3      15     0.3    3.75   fi
bedrock/anthropic.claude-haiku-4-5-20251001-v1:0     200000   1      5      0.1    1.25   fi
bedrock/anthropic.claude-opus-4-1-20250805-v1:0      200000   15     75     1.5    18.75  fi
bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0    200000   3      15     0.3    3.75   fi
bedrock/meta.llama3-1-405b-instruct-v1:0             128000   5.32   16     0      0      f
bedrock/meta.llama3-1-70b-instruct-v1:0              128000   0.99   0.99   0      0      f
bedrock/meta.llama3-3-70b-instruct-v1:0              128000   0.72   0.72   0      0      f
bedrock/mistral.mistral-large-2407-v1:0              128000   3      9      0      0      f
azure/gpt-4                                          8192     30     60     0      0      f
azure/gpt-4-turbo                                    128000   10     30     0      0      fi
azure/gpt-4.1                                        1047576  2      8      0.5    0      fi
azure/gpt-4.1-mini                                   1047576  0.4    1.6    0.1    0      fi
azure/gpt-4o                                         128000   2.5    10     1.25   0      fi
azure/gpt-4o-mini                                    128000   0.15   0.6    0.075  0      fi
azure/gpt-5                                          272000   1.25   10     0.125  0      fi
azure/o3-mini                                        200000   1.1    4.4    0.55   0      f
azure/o4-mini                                        200000   1.1    4.4    0.275  0      fi
azure/text-embedding-3-large                         8191     0.13   0      0      0      e
azure/text-embedding-3-small                         8191     0.02   0      0      0      e
mistral/codestral-latest                             256000   0.3    0.9    0      0      f
mistral/magistral-medium-latest                      40000    2      5      0      0      f
mistral/ministral-8b-latest                          128000   0.1    0.1    0      0      f
mistral/mistral-embed                                8192     0.1    0      0      0      e
mistral/mistral-large-latest                         128000   2      6      0      0      f
mistral/mistral-medium-latest                        131072   0.4    2      0      0      fi
mistral/mistral-small-latest                         128000   0.1    0.3    0      0      fi
mistral/open-mistral-nemo                            128000   0.15   0.15   0      0      f
mistral/pixtral-large-latest                         128000   2      6      0      0      fi
groq/gemma2-9b-it                                    8192     0.2    0.2    0      0      fd
groq/llama-3.1-8b-instant                            128000   0.05   0.08   0      0      f
groq/llama-3.3-70b-versatile                         128000   0.59   0.79   0      0      f
groq/meta-llama/llama-4-maverick-17b-128e-instruct   131072   0.2    0.6    0      0      fi
groq/meta-llama/llama-4-scout-17b-16e-instruct       131072   0.11   0.34   0      0      fi
groq/moonshotai/kimi-k2-instruct                     131072   1      3      0      0      f
groq/openai/gpt-oss-120b                             131072   0.15   0.75   0      0      f
groq/openai/gpt-oss-20b                              131072   0.1    0.5    0      0      f
groq/qwen/qwen3-32b                                  131072   0.29   0.59   0      0      f
groq/whisper-large-v3                                4096     0      0      0      0      a
deepseek/deepseek-chat                               65536    0.27   1.1    0.07   0      f
deepseek/deepseek-coder                              128000   0.14   0.28   0.014  0      fd
deepseek/deepseek-reasoner                           65536    0.55   2.19   0.14   0      f
xai/grok-3                                           131072   3      15     0.75   0      f
xai/grok-3-mini                                      131072   0.3    0.5    0.075  0      f
xai/grok-4                                           256000   3      15     0.75   0      fi
xai/grok-4-fast-reasoning                            2000000  0.2    0.5    0.05   0      fi
xai/grok-code-fast-1                                 256000   0.2    1.5    0.02   0      f
cohere/command-a-03-2025                             256000   2.5    10     0      0      f
cohere/command-r-08-2024                             128000   0.15   0.6    0      0      f
cohere/command-r-plus-08-2024                        128000   2.5    10     0      0      f
cohere/command-r7b-12-2024                           128000   0.0375 0.15   0      0      f
cohere/embed-english-v3.0                            512      0.1    0      0      0      e
cohere/embed-multilingual-v3.0                       512      0.1    0      0      0      e
togetherai/Qwen/Qwen2.5-72B-Instruct-Turbo           32768    1.2    1.2    0      0      f
togetherai/deepseek-ai/DeepSeek-R1                   163840   3      7      0      0      -
togetherai/deepseek-ai/DeepSeek-V3                   131072   1.25   1.25   0      0      f
togetherai/meta-llama/Llama-3.3-70B-Instruct-Turbo   131072   0.88   0.88   0      0      f
togetherai/meta-llama/Meta-Llama-3.1-8B-Instruct     131072   0.18   0.18   0      0      f
togetherai/mistralai/Mixtral-8x7B-Instruct-v0.1      32768    0.6    0.6    0      0      d
"""


def rows() -> Iterator[Row]:
    """Yield every built-in model, with all that a custom one may inherit."""
    for line in _TABLE.strip().splitlines():
        name, window, *costs, letters = line.split()
        yield row(name, int(window), [float(cost) for cost in costs], letters)


def row(name: str, window: int, costs: list[float], letters: str) -> Row:
    """Give one built-in model; `costs` as in the table."""
    kind = next((_KINDS[letter] for letter in letters if letter in _KINDS), "chat")
    return {
        "model_name": name,
        "display_name": name.rpartition("/")[2],
        "input_cost": costs[0],
        "output_cost": costs[1],
        "cache_hit_input_cost": costs[2],
        "cache_creation_input_cost": costs[3],
        "max_context_window": window,
        "streaming_support": int(kind == "chat"),
        "function_call": int("f" in letters),
        "image_support": int("i" in letters),
        "model_type": kind,
        "params": PARAMS if kind == "chat" else {},
        "status": "deprecated" if "d" in letters else "active",
        "vendor": name.partition("/")[0],
    }
