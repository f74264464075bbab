"""Policies: loaded from YAML, type-checked, compiled once, evaluated without I/O. Knows neither gRPC nor SQL."""
