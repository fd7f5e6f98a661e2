"""Static files under names that carry the hash of their content."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Stores files under hashed names, also where one ES module imports another."""

    support_js_module_import_aggregation = True
