"""A strict fake of Google Cloud Storage: objects by the JSON API, their bytes by the XML API."""
