"""The one store of resume, record and replay: completions kept on disk, a sealed line each."""
