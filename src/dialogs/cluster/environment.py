"""Which environment variables a node needs: those that endpoints and the storage are opened with, and no others.

They travel with the work itself: where a framework shows people the environment of its processes, they would be seen.
"""

from collections.abc import Iterable, Mapping, MutableMapping
from typing import Final

from dialogs.cluster.objects import is_url
from dialogs.configuration import Configuration
from dialogs.endpoints.opening import model_named

_PROXIES: Final = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
_EVERYWHERE: Final = (*_PROXIES, *(name.lower() for name in _PROXIES), "SSL_CERT_FILE", "SSL_CERT_DIR")
# A function of one's own may ask whatever the environment names.
_OF_KIND: Final[Mapping[str, tuple[str, ...]]] = {
    "openai": ("OPENAI_",),
    "azure": ("AZURE_", "OPENAI_API_VERSION", "OPENAI_CUSTOM_HEADERS"),
    "function": ("OPENAI_", "AZURE_"),
    "embedded": ("XDG_CACHE_HOME",),
}
_OF_STORAGE: Final[Mapping[str, tuple[str, ...]]] = {
    "s3": ("AWS_", "FSSPEC_S3"),
    "gs": ("GOOGLE_", "FSSPEC_G"),
    "gcs": ("GOOGLE_", "FSSPEC_G"),
    "az": ("AZURE_", "FSSPEC_A"),
    "abfs": ("AZURE_", "FSSPEC_A"),
}
# What a node has of these by itself would lead its requests elsewhere.
_FOREIGN: Final = ("OPENAI_", "AZURE_OPENAI_")


def needed(
    environ: Mapping[str, str], models: Iterable[str], configuration: Configuration, folder: str
) -> dict[str, str]:
    """Return, of `environ`, what the models of these names and the storage of `folder` are opened with."""
    starts = [*_EVERYWHERE, *configuration.secrets]
    for model in (model_named(name, configuration, environ) for name in models):
        starts += [*_OF_KIND[model.kind], *([model.key_env] if model.key_env else [])]
    if is_url(folder):
        starts += _OF_STORAGE.get(folder.partition(":")[0], ("FSSPEC_",))
    return {name: value for name, value in environ.items() if any(map(name.startswith, starts))}


def adopt(variables: Mapping[str, str], environ: MutableMapping[str, str]) -> None:
    """Make a node's environment the one that a run was started in, as far as it matters to the run."""
    for name in [name for name in environ if name.startswith(_FOREIGN) or name in _EVERYWHERE]:
        if name not in variables and not name.startswith("SSL_"):  # certificates lie where a node has them
            del environ[name]
    environ.update(variables)
