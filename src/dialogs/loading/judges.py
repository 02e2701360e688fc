"""`judge` in dialogs.yaml: who judges rubrics and similarities."""

from typing import Final

from dialogs.configuration import JudgeConfiguration
from dialogs.loading.documents import MappingNode
from dialogs.loading.fields import Fields, Keys
from dialogs.loading.parameters import read_params

KEYS: Final = Keys(
    "judge",
    known=("model", "embedding_model", "params"),
    elsewhere=dict.fromkeys(("embedding", "embeddings"), 'did you mean "embedding_model"?'),
)
_WANTED: Final = "a model's name, or {model: ..., embedding_model: ...}"


def read_judge(fields: Fields) -> JudgeConfiguration:
    """Read `judge`: the name of a model, or a mapping."""
    node = fields.value("judge")
    if node is None:
        return JudgeConfiguration()
    if not isinstance(node, MappingNode):
        return JudgeConfiguration(fields.word("judge", _WANTED))
    inner = Fields(node, KEYS, fields.faults)
    if inner.complete and "model" not in inner and "embedding_model" not in inner:
        fields.wrong(node, "judge", _WANTED)
    return JudgeConfiguration(
        inner.word("model", "a model's name"),
        inner.word("embedding_model", "a model's name"),
        read_params(inner),
    )
