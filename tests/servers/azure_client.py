"""Azure's own client, as a referee: reads what cloudkit wrote, and writes what cloudkit is to read.

  azure_client.py ENDPOINT KEY CONTAINER
"""

import sys

from azure.storage.blob import BlobBlock, BlobServiceClient, ContentSettings

KEY = "d/weird +%2F\u00e4"


def expect(actual, expected, what):
    if actual != expected:
        sys.exit(f"{what}: expected {expected!r}, got {actual!r}")


def read(container):
    """What conformance/azure_test.cc has written."""
    blob = container.get_blob_client(KEY)
    properties = blob.get_blob_properties()
    expect(blob.download_blob().readall(), b"by cloudkit", "the bytes")
    expect(properties.metadata, {"owner": "ada"}, "the metadata")
    expect(properties.content_settings.content_type, "text/x-test", "the content type")
    expect(properties.content_settings.cache_control, "no-cache", "the cache control")
    large = container.get_blob_client("large").download_blob().readall()
    expect((len(large), set(large)), (12 << 20, {ord("x")}), "what was sent in parts")
    expect(sorted(blob.name for blob in container.list_blobs()), sorted([KEY, "large"]), "the names in a listing")


def write(container):
    container.upload_blob("python " + KEY, b"by Azure's client", metadata={"Owner": "grace"},
                          content_settings=ContentSettings(content_type="text/x-python", content_language="de"))
    blob = container.get_blob_client("python blocks")
    for number in range(3):
        blob.stage_block(f"block-{number}", bytes([ord("a") + number]) * 1000)
    blob.commit_block_list([BlobBlock(f"block-{number}") for number in range(3)])


def main(endpoint, key, container):
    service = BlobServiceClient(endpoint, credential=key)
    client = service.get_container_client(container)
    read(client)
    write(client)


if __name__ == "__main__":
    main(*sys.argv[1:])
