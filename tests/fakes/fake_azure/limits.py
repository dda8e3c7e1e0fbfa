"""The service's limits; tests may arm the server with smaller ones, and turn on what accounts may have.

https://learn.microsoft.com/azure/storage/blobs/scalability-targets
"""

from dataclasses import dataclass

MiB = 2**20


@dataclass(frozen=True)
class Limits:
    max_put: int = 5000 * MiB          # rest/api/storageservices/put-blob
    max_block: int = 4000 * MiB        # rest/api/storageservices/put-block
    max_blocks: int = 50_000           # of a list
    max_uncommitted: int = 100_000
    max_block_id: int = 64             # bytes before base64
    max_sync_copy: int = 256 * MiB     # rest/api/storageservices/copy-blob-from-url
    max_page: int = 5000               # rest/api/storageservices/list-blobs
    max_batch: int = 256               # rest/api/storageservices/blob-batch
    max_batch_body: int = 4 * MiB
    max_key: int = 1024                # characters
    max_segments: int = 254
    max_metadata: int = 8192           # names and values together
    max_tags: int = 10
    max_xml: int = 16 * MiB
    max_range_md5: int = 4 * MiB       # x-ms-range-get-content-md5
    skew_seconds: int = 900            # How far x-ms-date may be away.
    versioning: int = 0                # 1: each write makes a version.
    soft_delete: int = 0               # 1: what is deleted can be had back.
    deleting_seconds: int = 0          # How long a deleted container's name is not free: 30 at Azure, at least.
    copy_looks: int = 0                # How many looks a copy is pending for.
    empty_pages: int = 0               # 1: before each page of a listing comes one without blobs, and a marker.
