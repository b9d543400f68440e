"""Pages: thin files, each one question."""
