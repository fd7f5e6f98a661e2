"""How passwords are kept, and which are taken."""

# The first makes new hashes; the other reads older ones. Scrypt costs crackers memory, and us a
# third of the CPU that PBKDF2 takes for its million rounds.
HASHERS = [
    f"django.contrib.auth.hashers.{name}"
    for name in ("ScryptPasswordHasher", "PBKDF2PasswordHasher")
]
VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
] + [{"NAME": "cinema.accounts.validators.SeenCharactersValidator"}]
