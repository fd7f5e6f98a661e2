"""The payments, step by step and from end to end."""
