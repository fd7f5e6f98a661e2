"""Runs the deployment's processes without containers."""
