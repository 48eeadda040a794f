"""The sparse process by the library's own No-U-Turn sampler, which needs JAX and NumPyro: `tuner[nuts]`.

Every fit compiles its sampler anew: 12 to 35 s of a core at twenty rows of five columns, so it is for
trials that take hours.
"""

import jax
from botorch.fit import fit_fully_bayesian_model_nuts
from botorch.models.fully_bayesian import SaasFullyBayesianSingleTaskGP
from torch import Tensor

WARM, DRAWN, APART = 256, 256, 16
"""Steps before the first draw, after it, and from one that is kept to the next."""

DEPTH = 6
"""Most doublings of a path (BoTorch's choice)."""


def drawn(X: Tensor, y: Tensor, known: Tensor | None) -> SaasFullyBayesianSingleTaskGP:
    """Draw the hyperparameters for inputs X (n, D), outcomes y (n, 1) and known variances (n, 1)."""
    with jax.enable_x64(True):  # noqa: FBT003  its only argument
        model = SaasFullyBayesianSingleTaskGP(X, y, known)
        fit_fully_bayesian_model_nuts(
            model,
            max_tree_depth=DEPTH,
            warmup_steps=WARM,
            num_samples=DRAWN,
            thinning=APART,
            disable_progbar=True,
        )
    return model
