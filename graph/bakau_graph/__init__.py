"""Where facts lie and how they are walked: archive, vault, network."""
