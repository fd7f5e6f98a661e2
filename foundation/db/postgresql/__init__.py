"""Django's PostgreSQL backend, with a look at an idle connection and a word for a lost one."""
