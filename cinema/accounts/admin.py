"""Users for the staff."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from cinema.accounts.models import User

admin.site.register(User, UserAdmin)
