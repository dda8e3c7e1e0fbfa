"""boto3, large objects by s3transfer with its default of parts and threads."""
import boto3
from botocore.config import Config

from job import run


def operations(job):
    client = boto3.client("s3", endpoint_url=job.endpoint, region_name="us-east-1", aws_access_key_id="AKIDEXAMPLE",
                          aws_secret_access_key="cktest-peers-1", verify=job.ca or None,
                          config=Config(s3={"addressing_style": "path"}, max_pool_connections=max(10, job.in_flight)))

    def get_stream():
        body = client.get_object(Bucket="bench", Key=job.key)["Body"]
        assert sum(map(len, body.iter_chunks(1 << 20))) == job.size

    def get_memory():
        assert len(client.get_object(Bucket="bench", Key=job.key)["Body"].read()) == job.size

    def small_get(index):
        client.get_object(Bucket="bench", Key=job.small_key(index))["Body"].read()

    def list_all():
        pages = client.get_paginator("list_objects_v2").paginate(Bucket="bench", Prefix=job.prefix)
        assert sum(len(page["Contents"]) for page in pages) == job.count

    return {
        "get_stream": get_stream,
        "get_memory": get_memory,
        "get_file": lambda: client.download_file("bench", job.key, job.file),
        "put_file": lambda: client.upload_file(job.file, "bench", job.key),
        "small_get": lambda: job.for_each(small_get),
        "small_put": lambda: job.for_each(
            lambda index: client.put_object(Bucket="bench", Key=job.small_key(index), Body=job.body)),
        "list": list_all,
    }


run(operations)
