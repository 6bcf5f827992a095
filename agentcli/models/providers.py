"""The providers that are known by name: their key's variable and a sensible model of theirs."""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Provider:
    """`name` is litellm's; `default_model` is taken when only the key is there."""

    name: str
    title: str
    key: str
    default_model: str


# In the order in which discovery prefers them.
PROVIDERS = (
    Provider("anthropic", "Anthropic", "ANTHROPIC_API_KEY", "claude-sonnet-4-6"),
    Provider("openai", "OpenAI", "OPENAI_API_KEY", "gpt-5.2"),
    Provider("gemini", "Google Gemini", "GEMINI_API_KEY", "gemini/gemini-2.5-pro"),
    Provider(
        "openrouter", "OpenRouter", "OPENROUTER_API_KEY", "openrouter/anthropic/claude-sonnet-4.5"
    ),
    Provider("deepseek", "DeepSeek", "DEEPSEEK_API_KEY", "deepseek/deepseek-chat"),
    Provider("mistral", "Mistral", "MISTRAL_API_KEY", "mistral/devstral-2512"),
    Provider("xai", "xAI", "XAI_API_KEY", "xai/grok-code-fast-1"),
    Provider("groq", "Groq", "GROQ_API_KEY", "groq/openai/gpt-oss-120b"),
    Provider("moonshot", "Moonshot", "MOONSHOT_API_KEY", "moonshot/kimi-k2.5"),
    Provider("zai", "Z.ai", "ZAI_API_KEY", "zai/glm-4.7"),
    Provider("cerebras", "Cerebras", "CEREBRAS_API_KEY", "cerebras/zai-glm-4.6"),
)
BY_NAME: Mapping[str, Provider] = {provider.name: provider for provider in PROVIDERS}


@dataclass(frozen=True)
class LocalServer:
    """A program that serves models on this machine, and the port it usually takes."""

    title: str
    port: int

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"


LOCAL_SERVERS = (
    LocalServer("Ollama", 11434),
    LocalServer("llama.cpp", 8080),
    LocalServer("LM Studio", 1234),
    LocalServer("vLLM", 8000),
)


def is_loopback(base: str | None) -> bool:
    """Whether a base URL names this machine."""
    host = (urlsplit(base).hostname or "") if base else ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def has_key(provider: Provider, environment: Mapping[str, str] | None = None) -> bool:
    """Whether the provider's key variable is set to something."""
    return bool((os.environ if environment is None else environment).get(provider.key))
