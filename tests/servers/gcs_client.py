"""Google's own client, as a referee: reads what cloudkit wrote, and writes what cloudkit is to read.

  gcs_client.py ENDPOINT ACCOUNT_FILE BUCKET
"""

import io
import sys

from google.cloud import storage

KEY = "d/weird +%2F\u00e4"
UNIT = 256 * 1024


def expect(actual, expected, what):
    if actual != expected:
        sys.exit(f"{what}: expected {expected!r}, got {actual!r}")


def read(bucket):
    """What conformance/gcs_test.cc has written."""
    blob = bucket.get_blob(KEY)
    expect(blob.download_as_bytes(), b"by cloudkit", "the bytes")
    expect(blob.metadata, {"owner": "ada"}, "the metadata")
    expect(blob.content_type, "text/x-test", "the content type")
    expect(blob.cache_control, "no-cache", "the cache control")
    large = bucket.blob("large").download_as_bytes()
    expect((len(large), set(large)), (12 << 20, {ord("x")}), "what was sent in parts")
    expect(sorted(blob.name for blob in bucket.list_blobs()), sorted([KEY, "large"]), "the names in a listing")


def write(bucket):
    blob = bucket.blob("python " + KEY)
    blob.metadata = {"Owner": "grace"}
    blob.content_language = "de"
    blob.upload_from_string(b"by Google's client", content_type="text/x-python")
    parts = b"".join(bytes([ord("a") + number]) * UNIT for number in range(3))
    bucket.blob("python parts", chunk_size=UNIT).upload_from_file(io.BytesIO(parts))


def main(endpoint, account_file, name):
    client = storage.Client.from_service_account_json(account_file, client_options={"api_endpoint": endpoint})
    bucket = client.bucket(name)
    read(bucket)
    write(bucket)


if __name__ == "__main__":
    main(*sys.argv[1:])
