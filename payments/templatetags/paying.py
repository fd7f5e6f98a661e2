"""How templates offer ways to pay."""

from django import template

from payments.providers.registry import ways_online

register = template.Library()
register.simple_tag(ways_online)
