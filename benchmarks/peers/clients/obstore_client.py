"""obstore: Rust's object_store, from Python."""
import os

import obstore
from obstore.store import S3Store

from job import run


def operations(job):
    options = {"allow_http": job.scheme == "http"}
    if job.ca:
        options["allow_invalid_certificates"] = True
    store = S3Store("bench", endpoint=job.endpoint, region="us-east-1", access_key_id="AKIDEXAMPLE",
                    secret_access_key="cktest-peers-1", virtual_hosted_style_request=False, client_options=options)

    def get_stream():
        assert sum(map(len, obstore.get(store, job.key).stream())) == job.size

    def get_memory():
        assert len(obstore.get(store, job.key).bytes()) == job.size

    def get_file():
        with open(job.file, "wb") as file:
            for chunk in obstore.get(store, job.key).stream():
                file.write(chunk)

    def put_file():
        from pathlib import Path
        obstore.put(store, job.key, Path(job.file))

    def list_all():
        assert sum(len(page) for page in obstore.list(store, job.prefix, chunk_size=1000)) == job.count

    return {
        "get_stream": get_stream,
        "get_memory": get_memory,
        "get_file": get_file,
        "put_file": put_file,
        "small_get": lambda: job.for_each(lambda index: obstore.get(store, job.small_key(index)).bytes()),
        "small_put": lambda: job.for_each(lambda index: obstore.put(store, job.small_key(index), job.body)),
        "list": list_all,
    }


os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
run(operations)
