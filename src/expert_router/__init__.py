"""One address for many language models: each prompt goes to the expert that owns its topic."""

__version__ = "0.1.0"
