"""Features: portable SQL, one file a feature, and the catalogue that reads their headers."""
