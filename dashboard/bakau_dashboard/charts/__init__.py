"""Pictures: where accounts stand, and how a network is drawn."""
