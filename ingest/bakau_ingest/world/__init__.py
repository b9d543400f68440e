"""A synthetic world: people, accounts and payments of ordinary life, look-alikes, and planted networks whose truth is kept apart.

Nothing here describes a real person or institution. Every published figure stands in `distributions` with its source and grade; how people of
schemes behave in one world is `habits`. Detection must never import this package: only the check of a world and tests of the world may.
"""
