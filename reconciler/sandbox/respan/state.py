"""What one organisation of Respan holds, and what its models inherit.

Takes names, gives rows. A row holds only what was set; what a model inherits is found when it is asked for, so that a
change of a base shows in what is built on it.
It never answers a request.
"""

from __future__ import annotations

from reconciler.sandbox.respan import catalogue
from reconciler.sandbox.respan.dialect import Dialect
from reconciler.sandbox.store import Row, Store
from reconciler.sandbox.system import Clock

COSTS = ("input_cost", "output_cost", "cache_hit_input_cost", "cache_creation_input_cost")
_UNSET: Row = {
    **dict.fromkeys(COSTS, 0.0),
    "max_context_window": None,
    "streaming_support": 0,
    "function_call": 0,
    "image_support": 0,
    "model_type": "chat",
    "provider": None,
}
"""What a model can inherit, and what it has where nothing says more."""


class State:
    """One organisation's tables, clock and dialect."""

    def __init__(self, store: Store, clock: Clock, dialect: Dialect) -> None:
        self.dialect = dialect
        self.clock = clock
        self.models = store.table("respan.models")
        self.providers = store.table("respan.providers")
        self.seeded = store.table("respan.builtins")
        self._catalogue = {row["model_name"]: row for row in catalogue.rows()}

    def builtins(self) -> list[Row]:
        """Give every built-in model."""
        return [*self._catalogue.values(), *self.seeded.all()]

    def builtin(self, name: str) -> Row | None:
        """Give the built-in model of that whole name."""
        return self._catalogue.get(name) or self.seeded.get(name)

    def model(self, name: str) -> Row | None:
        """Give the model of that name, the organisation's own or a built-in one."""
        return self.models.get(name) or self.builtin(name)

    def base(self, name: str | None) -> Row | None:
        """Give what a base's name stands for: `gpt-4o` too finds the built-in `openai/gpt-4o`."""
        if name is None:
            return None
        bare = (row for row in self.builtins() if row["model_name"].partition("/")[2] == name)
        return self.model(name) or next(bare, None)

    def provider(self, name: str) -> Row | None:
        """Give the provider of that id, or of that number in the database where the generation knows numbers."""
        found = self.providers.get(name)
        if found is None and self.dialect.numbers_providers:
            found = next((row for row in self.providers.all() if str(row["number"]) == name), None)
        return found

    def lineage(self, row: Row) -> list[Row]:
        """Give the model, its base, and so on; a circle ends where it would begin again."""
        chain = [row]
        while (base := self.base(chain[-1].get("base_model_name"))) is not None and base not in chain:
            chain.append(base)
        return chain

    def inherited(self, row: Row) -> Row:
        """Give what the model has, of its own or from the nearest base, of all that can be inherited."""
        values = dict(_UNSET)
        for layer in reversed(self.lineage(row)):
            values |= {key: layer[key] for key in _UNSET if key in layer}
        return values

    def params(self, row: Row) -> Row:
        """Give the parameters that the model supports once every override is laid over what is built in."""
        chain = self.lineage(row)
        built_in = chain[-1].get("params", catalogue.PARAMS)
        params: Row = {name: self._spelled(name, definition) for name, definition in built_in.items()}
        for layer in reversed(chain):
            for name, override in layer.get("overrides", {}).items():
                if override is None:
                    params.pop(name, None)
                else:
                    params[name] = {"name": name, **params.get(name, {}), **override}
        return params

    def _spelled(self, name: str, definition: Row) -> Row:
        if not self.dialect.ranges:
            return {"name": name, **definition}
        limits = {key: definition[key] for key in ("min", "max")}
        kept = {key: value for key, value in definition.items() if key not in limits}
        return {"name": name, **kept, "range": limits, "description": "", "required": False}
