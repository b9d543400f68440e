"""Communities: groups of accounts that pay each other more than others do, after a stated cut."""
