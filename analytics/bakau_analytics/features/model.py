"""Which features a model may see: a type of its own, so that no code path can train on a profile by forgetting to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from bakau.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bakau_analytics.features.catalogue import Feature

_CONSTRUCTION = object()


class ModelFeatures:
    """Names of the numbers that a model may see; every model takes this and nothing else.

    Made by `ModelFeatures.of` alone. Profile features (country, corridor, nationality, sex, birth date, name script, outlet) are refused.
    """

    __slots__ = ("_names",)

    def __init__(self, names: tuple[str, ...], construction: object) -> None:
        if construction is not _CONSTRUCTION:
            raise TypeError("ModelFeatures come from ModelFeatures.of()")
        self._names = names

    @classmethod
    def of(cls, features: Iterable[Feature]) -> Self:
        """The columns of these features, in order. RefusedError when one of them is a profile feature."""
        chosen = list(features)
        profile = [feature.name for feature in chosen if feature.profile]
        if profile:
            raise RefusedError(f"no model may see a profile feature: {', '.join(profile)}", hint="a rule may use it to narrow or subtract")
        return cls(tuple(column for feature in chosen for column in feature.columns), _CONSTRUCTION)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return self._names

    def __len__(self) -> int:
        return len(self._names)
