"""The AWS Common Runtime's S3 client, whose own threads move the bytes; Python only asks."""
from threading import Semaphore

from awscrt.auth import AwsCredentialsProvider
from awscrt.http import HttpHeaders, HttpRequest
from awscrt.io import ClientBootstrap, ClientTlsContext, DefaultHostResolver, EventLoopGroup, TlsContextOptions, TlsConnectionOptions
from awscrt.s3 import S3Client, S3ChecksumAlgorithm, S3ChecksumConfig, S3ChecksumLocation, S3RequestTlsMode, S3RequestType

from job import run


def operations(job):
    group = EventLoopGroup()
    bootstrap = ClientBootstrap(group, DefaultHostResolver(group))
    tls = None
    if job.ca:
        options = TlsContextOptions()
        options.override_default_trust_store_from_path(None, job.ca)
        tls = TlsConnectionOptions(ClientTlsContext(options))
    client = S3Client(
        bootstrap=bootstrap, region="us-east-1",
        credential_provider=AwsCredentialsProvider.new_static("AKIDEXAMPLE", "cktest-peers-1"),
        tls_mode=S3RequestTlsMode.ENABLED if tls else S3RequestTlsMode.DISABLED, tls_connection_options=tls)
    host = f"127.0.0.1:{job.port}"
    verified = S3ChecksumConfig(validate_response=True)
    sent = S3ChecksumConfig(algorithm=S3ChecksumAlgorithm.CRC32C, location=S3ChecksumLocation.TRAILER)

    def request(method, key, body=None, length=None, **options):
        headers = HttpHeaders([("host", host)])
        if length is not None:
            headers.add("content-length", str(length))
            headers.add("content-type", "application/octet-stream")
        kind = S3RequestType.GET_OBJECT if method == "GET" else S3RequestType.PUT_OBJECT
        if not any(name.endswith("filepath") for name in options) and body is None:
            options["on_body"] = lambda chunk, offset, **_: None
        return client.make_request(type=kind, request=HttpRequest(method, f"/bench/{key}", headers, body), **options)

    def get_memory():
        memory = bytearray(job.size)

        def take(chunk, offset, **_):
            memory[offset:offset + len(chunk)] = chunk

        request("GET", job.key, on_body=take, checksum_config=verified).finished_future.result()

    def small(method):
        # Futures, `in_flight` of them: its own way, without threads of Python's.
        from io import BytesIO
        free = Semaphore(job.in_flight)
        futures = []
        for index in range(job.count):
            free.acquire()
            put = {"body": BytesIO(job.body), "length": job.size} if method == "PUT" else {}
            future = request(method, job.small_key(index), **put).finished_future
            future.add_done_callback(lambda _: free.release())
            futures.append(future)
        for future in futures:
            future.result()

    def wait(method, **options):
        request(method, job.key, **options).finished_future.result()

    return {
        "get_stream": lambda: wait("GET", checksum_config=verified),
        "get_memory": get_memory,
        "get_file": lambda: wait("GET", recv_filepath=job.file, checksum_config=verified),
        "put_file": lambda: wait("PUT", send_filepath=job.file, length=job.size, checksum_config=sent),
        "small_get": lambda: small("GET"),
        "small_put": lambda: small("PUT"),
    }


run(operations)
