"""Which environment variables are secrets, and how their values are kept out of what we write."""

from collections.abc import Iterable, Mapping

ENDINGS = ("KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIAL")
SHORTEST, SHORTEST_NUMBER = 6, 10  # shorter values occur by chance in any text
DIGITS = "0123456789"


def looks_secret(name: str) -> bool:
    """Say whether a variable's name is that of a secret, by the ends of its words.

    Example:
        >>> [looks_secret(name) for name in ("WANDB_API_KEY", "hfToken", "TOKENIZERS_PARALLELISM")]
        [True, True, False]
    """
    words = name.upper().replace("-", "_").split("_")
    return any(word.rstrip(DIGITS).removesuffix("S").endswith(ENDINGS) for word in words)


def secret_names(env: Mapping[str, str], needed: Iterable[str] = ()) -> list[str]:
    """Name the variables whose values are to be masked.

    Args:
        env: what the job sees.
        needed: texts that must stay readable: names of metrics.
    """
    texts = tuple(needed)
    return [
        name
        for name, value in env.items()
        if looks_secret(name) and _long(value) and not any(value in text for text in texts)
    ]


def _long(value: str) -> bool:
    return len(value) >= (SHORTEST_NUMBER if value.isdigit() else SHORTEST)


def mask(text: str, secrets: Iterable[str]) -> str:
    """Write *** over the values of secrets.

    Example:
        >>> mask("login with hunter2-hunter2 failed", ["hunter2-hunter2"])
        'login with *** failed'
    """
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text
