"""Runs the images and docker-compose.yml for real, on a machine that may reach no registry."""
