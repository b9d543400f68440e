"""One module per format; each offers a class with `label` and `open` (see bakau_ingest.reader)."""
