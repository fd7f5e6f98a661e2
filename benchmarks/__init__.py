"""Measures Front Row as it is deployed, beside its peers and its limits, in one run."""
