"""Whether a run may go on with the journal of an earlier one."""

from collections.abc import Iterable, Sequence

from dialogs.journal.records import EndpointIdentity, RunStart


def difference(earlier: Sequence[RunStart], now: RunStart) -> str | None:
    """Say why a run is not the one that wrote a journal; None where it is.

    The same model must be at the same endpoint, and `-m` must choose the same. Scenarios may have changed, and brought
    or dropped models.
    """
    if not earlier:
        return None
    if earlier[-1].chosen != now.chosen:
        return f"it was begun with {_flags(earlier[-1].chosen)}, now there is {_flags(now.chosen)}"
    known = {name: endpoint for run in earlier for name, endpoint in run.endpoints.items()}
    models, models_now = _models(known), _models(now.endpoints)
    for name, endpoint in now.endpoints.items():
        if name in known and known[name] != endpoint:
            return f"{name} was {_described(known[name])}, now it is {_described(endpoint)}"
    if models and models_now and not models & models_now:
        return f"it was begun on {_listed(models)}, now there is {_listed(models_now)}"
    return None


def _models(names: Iterable[str]) -> set[str]:
    """Leave out the judge's endpoints, whose names are in brackets."""
    return {name for name in names if not name.startswith("(")}


def _flags(models: Sequence[str]) -> str:
    return " ".join(f"-m {model}" for model in models) or "no -m"


def _described(endpoint: EndpointIdentity) -> str:
    return f"{endpoint.model} at {endpoint.identity}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
