"""The whole system on one machine: small experts of our own, their tasks and their servers."""
