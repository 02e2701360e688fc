"""The variables of a dialogue, and the wording that they give its texts: one that is sent, and one that is kept.

The two differ where a variable's value is secret: files hold `{env:NAME}` in its place, whatever a template makes of
it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from dialogs.encoding import JsonValue
from dialogs.scenario import Dialogue
from dialogs.templating import TemplateFault, render, worded


@dataclass(frozen=True, slots=True)
class Variables:
    """The values of all variables so far, as they are sent and as they are kept."""

    sent: Mapping[str, JsonValue]
    kept: Mapping[str, JsonValue]
    is_templated: bool = True

    @classmethod
    def of(cls, dialogue: Dialogue) -> "Variables":
        """Begin with the scenario's variables, under the values of the dialogue's case."""
        scenario, case = dialogue.scenario, dialogue.case or {}
        sent = {**scenario.variables, **case}
        secrets = {name: f"{{env:{env}}}" for name, env in scenario.secret_variables.items() if name not in case}
        return cls(sent, {**sent, **secrets} if secrets else sent, scenario.templated)

    @property
    def has_secrets(self) -> bool:
        """Whether what is sent may differ from what is kept."""
        return self.kept is not self.sent

    def with_captures(self, captures: Mapping[str, JsonValue]) -> "Variables":
        """Add what was captured; none of it is secret."""
        if not captures:
            return self
        sent = {**self.sent, **captures}
        return replace(self, sent=sent, kept={**self.kept, **captures} if self.has_secrets else sent)

    def sent_text(self, source: str) -> str:
        """Give a text the wording that is sent.

        Raises:
            TemplateFault: it is a template that cannot be rendered.
        """
        try:
            return render(source, self.sent) if self.is_templated else source
        except TemplateFault as fault:
            if not self.has_secrets:
                raise
            render(source, self.kept)  # says what is wrong without the secret, where that is not the cause
            raise TemplateFault("it cannot be rendered with the value of a secret variable", fault.line) from None

    def kept_text(self, source: str) -> str:
        """Give a text the wording that stands in files.

        Raises:
            TemplateFault: it is a template that cannot be rendered.
        """
        return render(source, self.kept) if self.is_templated else source

    def sent_value(self, value: JsonValue) -> JsonValue:
        """Give every text in a value the wording that is sent; raises TemplateFault as `sent_text` does."""
        return worded(value, self.sent_text) if self.is_templated else value

    def kept_value(self, value: JsonValue) -> JsonValue:
        """Give every text in a value the wording that stands in files; raises TemplateFault as `kept_text` does."""
        return worded(value, self.kept_text) if self.is_templated else value
