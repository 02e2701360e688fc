"""What answers requests: OpenAI-compatible servers, Azure OpenAI, the embedded model, cassettes, scripts."""
