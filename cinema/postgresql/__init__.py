"""Django's PostgreSQL backend, which looks at an idle connection's socket before it asks."""
