"""Arrow's S3 file system, which is on the AWS SDK for C++."""
import pyarrow.fs as fs

from job import run

CHUNK = 8 << 20


def operations(job):
    more = {"tls_ca_file_path": job.ca} if job.ca else {}
    store = fs.S3FileSystem(access_key="AKIDEXAMPLE", secret_key="cktest-peers-1", region="us-east-1", scheme=job.scheme,
                            endpoint_override=f"127.0.0.1:{job.port}", **more)

    def copy(source, sink):
        buffer = bytearray(CHUNK)
        while count := source.readinto(buffer):
            sink.write(memoryview(buffer)[:count])

    def get_stream():
        with store.open_input_stream(f"bench/{job.key}") as source:
            buffer = bytearray(CHUNK)
            while source.readinto(buffer):
                pass

    def get_memory():
        with store.open_input_file(f"bench/{job.key}") as source:
            assert source.read_buffer().size == job.size

    def get_file():
        with store.open_input_stream(f"bench/{job.key}") as source, open(job.file, "wb") as sink:
            copy(source, sink)

    def put_file():
        with open(job.file, "rb") as source, store.open_output_stream(f"bench/{job.key}") as sink:
            copy(source, sink)

    def small_get(index):
        with store.open_input_stream(f"bench/{job.small_key(index)}") as source:
            source.read()

    def small_put(index):
        with store.open_output_stream(f"bench/{job.small_key(index)}") as sink:
            sink.write(job.body)

    def list_all():
        found = store.get_file_info(fs.FileSelector(f"bench/{job.prefix.rstrip('/')}"))
        assert len(found) == job.count

    return {
        "get_stream": get_stream,
        "get_memory": get_memory,
        "get_file": get_file,
        "put_file": put_file,
        "small_get": lambda: job.for_each(small_get),
        "small_put": lambda: job.for_each(small_put),
        "list": list_all,
    }


run(operations)
