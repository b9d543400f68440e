"""Anomaly models: they order what the rules opened, and never open or close anything."""
