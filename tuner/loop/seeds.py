"""Seeds of trials: a pure function of the study's seed, the trial and the repeat."""

import hashlib


def trial_seed(study_seed: int, trial: int, repeat: int = 0) -> int:
    """Give the seed a trial's process gets, 31 bits, the same after every resume."""
    text = f"{study_seed}/{trial}/{repeat}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]) & 0x7FFFFFFF
