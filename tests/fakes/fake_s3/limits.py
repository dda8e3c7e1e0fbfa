"""S3's limits; tests may arm the server with smaller ones.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
"""

from dataclasses import dataclass

MiB, GiB, TiB = 2**20, 2**30, 2**40


@dataclass(frozen=True)
class Limits:
    min_part: int = 5 * MiB
    max_part: int = 5 * GiB
    max_parts: int = 10_000
    max_put: int = 5 * GiB
    max_copy: int = 5 * GiB           # API_CopyObject.html, API_UploadPartCopy.html
    min_ranged_copy: int = 5 * 10**6  # API_UploadPartCopy.html: "…only if the source object is greater than 5 MB"
    max_object: int = int(48.8 * TiB)
    max_key: int = 1024               # userguide/object-keys.html, bytes of UTF-8
    max_metadata: int = 2048          # userguide/UsingMetadata.html, names and values together
    max_page: int = 1000              # API_ListObjectsV2.html
    max_deletes: int = 1000           # API_DeleteObjects.html
    max_tags: int = 10                # userguide/object-tagging.html
    max_xml: int = 8 * MiB
