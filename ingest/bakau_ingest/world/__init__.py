"""A synthetic world: people, accounts and payments of ordinary life, look-alikes, and planted networks whose truth is kept apart.

Nothing here describes a real person or institution. Figures are named constants with their source and grade (V read, D a default of
ours, M a fit of ours to a published figure); a later calibration replaces defaults by fits. Detection must never import this package.
"""
