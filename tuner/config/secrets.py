"""Which environment variables look like secrets: their values are never written in a configuration."""

ENDINGS = (
    "KEY",
    "TOKEN",
    "SECRET",
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "CREDENTIAL",
    "CREDENTIALS",
)


def looks_secret(name: str) -> bool:
    """Say whether a variable's name is that of a secret, by the ends of its words.

    Example:
        >>> [looks_secret(name) for name in ("WANDB_API_KEY", "hfToken", "TOKENIZERS_PARALLELISM")]
        [True, True, False]
    """
    words = name.upper().replace("-", "_").split("_")
    return any(word.removesuffix("S").endswith(ENDINGS) or word in ENDINGS for word in words)
