"""Indicators: versioned red flags as data, evaluated three-valued over the flow."""
