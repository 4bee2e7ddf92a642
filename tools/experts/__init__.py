"""Trains, exports and measures the language models that ship with the demo."""
