"""Rules on their way in: who proposed one, who agreed, which keys sign packs, and methods that no rule looks for yet."""
