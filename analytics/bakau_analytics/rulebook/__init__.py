"""The rulebook: the red flags as a guideline for people, written from the packs they run by."""
