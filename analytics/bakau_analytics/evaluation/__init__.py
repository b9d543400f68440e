"""Evaluation: how well a run agrees with labels or a planted truth. It reads results and never feeds detection."""
