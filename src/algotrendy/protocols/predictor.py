"""Predictor: a trained model, asked for one number a row of features.

Implement one method and two members; inherit nothing; any fitted model that is pure will do.

    class LinearPredictor:
        \"\"\"A weighted sum.\"\"\"

        name = "linear"

        def __init__(self, weights: Mapping[str, float]) -> None:
            self._weights = np.array(list(weights.values()))
            self.capabilities = PredictorCapabilities(features=tuple(weights))

        def predict(self, features: FloatArray) -> FloatArray:
            predicted: FloatArray = features @ self._weights
            return predicted

Laws: a prediction depends on its own row only, so that it cannot look ahead; the names of the
features are part of the model; the same model and rows give the same numbers.
Used by: strategies that ask a model, insights (train and judge it).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, final, runtime_checkable

if TYPE_CHECKING:
    from algotrendy.model.arrays import FloatArray

__all__ = ["PredictionKind", "Predictor", "PredictorCapabilities", "SupportsFit"]


@final
class PredictionKind(enum.StrEnum):
    """What a prediction is."""

    SCORE = "score"
    """Any number: more is better."""
    PROBABILITY = "probability"
    """Between 0 and 1: of the label being true."""
    RETURN = "return"
    """A fraction: what the next period is expected to bring."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class PredictorCapabilities:
    """What this model takes and gives.

    Parameters
    ----------
    features : names of the columns, in order
    kind : what a prediction is
    allows_nan : whether a row may hold NaN; without it such a row is predicted NaN
    """

    features: tuple[str, ...]
    kind: PredictionKind = PredictionKind.SCORE
    allows_nan: bool = False


class Predictor(Protocol):
    """A trained model."""

    @property
    def name(self) -> str:
        """A short name, printed in results. A class attribute is enough."""
        ...

    @property
    def capabilities(self) -> PredictorCapabilities:
        """What it takes and gives. An attribute is enough, a `ClassVar` is not."""
        ...

    def predict(self, features: FloatArray, /) -> FloatArray:
        """Return (n,) float64 for features of shape (n, f), one number a row (PRD-01).

        Pure (PRD-02). Each number depends on its own row only: predicting a row alone gives the
        same (PRD-03). NaN: a row with NaN gives NaN unless `allows_nan` (PRD-04). No rows give no
        numbers (PRD-05). Raises `InvalidValue` for another number of columns (PRD-06).
        """
        ...


@runtime_checkable
class SupportsFit(Protocol):
    """A model that can be trained again; walk-forward does, on past rows only."""

    def fit(self, features: FloatArray, labels: FloatArray, /, *, seed: int) -> Predictor:
        """Return a new trained model; this one is unchanged (PRD-11).

        Features (n, f), labels (n,). The same seed gives the same model (PRD-12). Raises
        `InvalidValue` when there is too little to learn from.
        """
        ...
