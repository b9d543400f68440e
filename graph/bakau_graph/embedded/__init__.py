"""The embedded network: memory-mapped arrays built from a snapshot, rebuilt when the facts change. No server."""
