"""A file nobody has seen: what it is, which column is what, and what must be asked. The guess is drafted as a mapping to correct."""
