"""How a file becomes facts: readers, mappings, checks, quarantine, load, synthetic world."""
