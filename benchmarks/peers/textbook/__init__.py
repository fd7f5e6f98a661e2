"""A booking API as the tutorials of Django, REST framework and simplejwt teach it."""
