"""The archive: immutable facts in listed segments, values in an encrypted vault, one ledger commit at a time."""

from bakau_graph.archive.archive import Archive
from bakau_graph.archive.records import TRAINING, Batch, BatchIdentity, LoadReport, Run, Source
from bakau_graph.archive.snapshot import Snapshot

__all__ = ["TRAINING", "Archive", "Batch", "BatchIdentity", "LoadReport", "Run", "Snapshot", "Source"]
