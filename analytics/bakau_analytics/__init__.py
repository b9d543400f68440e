"""What the facts mean: features, indicators, communities, anomaly models, findings."""
