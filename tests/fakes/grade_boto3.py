"""boto3 grades the fake: what AWS's own client sends is taken, what it would not send is refused."""

import io
import unittest
import urllib.error
import urllib.request

import boto3
import botocore.exceptions
from boto3.s3.transfer import TransferConfig
from botocore.config import Config

from grading import KEY, ODD_NAMES, SECRET, WRONG_SECRET, Graded, MiB, pattern


def make_client(url, secret=SECRET, region="us-east-1", **options):
    config = Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}, signature_version="s3v4",
                    **options.pop("config", {}))
    keys = {"aws_access_key_id": KEY, "aws_secret_access_key": secret}
    return boto3.client("s3", endpoint_url=url, region_name=region, config=config, **keys, **options)


class WithBoto3(Graded):
    def setUp(self):
        super().setUp()
        self.s3 = make_client(self.server.url)
        self.s3.create_bucket(Bucket="graded")
        self.addCleanup(self.s3.close)

    def refused(self, code, call, **arguments):
        with self.assertRaises(botocore.exceptions.ClientError) as caught:
            call(**arguments)
        self.assertEqual(caught.exception.response["Error"]["Code"], code, caught.exception)
        return caught.exception.response

    def put(self, key="k", body=b"data", **more):
        return self.s3.put_object(Bucket="graded", Key=key, Body=body, **more)

    def body(self, key="k", **more):
        return self.s3.get_object(Bucket="graded", Key=key, **more)["Body"].read()


class Objects(WithBoto3):
    def test_keys_and_bytes(self):
        for name in ODD_NAMES:
            for data in (b"", b"x", pattern(100_000)):
                self.put(name, data)
                self.assertEqual(self.body(name), data)
        self.assertEqual(self.body(ODD_NAMES[0], Range="bytes=10-19"), pattern(20)[10:])
        keys = [entry["Key"] for page in self.s3.get_paginator("list_objects_v2").paginate(
            Bucket="graded", PaginationConfig={"PageSize": 2}) for entry in page["Contents"]]
        self.assertEqual(keys, sorted(ODD_NAMES))
        for version in ("list_objects", "list_objects_v2"):
            pages = self.s3.get_paginator(version).paginate(Bucket="graded", Delimiter="/",
                                                            PaginationConfig={"PageSize": 1})
            prefixes = [entry["Prefix"] for page in pages for entry in page.get("CommonPrefixes", [])]
            self.assertEqual(prefixes, ["deep/", "ä/"])
        deleted = self.s3.delete_objects(Bucket="graded", Delete={"Objects": [{"Key": name} for name in ODD_NAMES]})
        self.assertEqual(sorted(entry["Key"] for entry in deleted["Deleted"]), sorted(ODD_NAMES))

    def test_attributes(self):
        self.put(ContentType="text/css", CacheControl="no-cache", Metadata={"a": "1"}, Tagging="t=1",
                 StorageClass="STANDARD_IA", ServerSideEncryption="aws:kms", SSEKMSKeyId="key")
        head = self.s3.head_object(Bucket="graded", Key="k")
        self.assertEqual((head["ContentType"], head["CacheControl"], head["Metadata"], head["StorageClass"],
                          head["SSEKMSKeyId"]), ("text/css", "no-cache", {"a": "1"}, "STANDARD_IA", "key"))
        self.s3.put_object_tagging(Bucket="graded", Key="k", Tagging={"TagSet": [{"Key": "ä", "Value": "2"}]})
        self.assertEqual(self.s3.get_object_tagging(Bucket="graded", Key="k")["TagSet"], [{"Key": "ä", "Value": "2"}])
        self.refused("NotImplemented", self.s3.get_object_acl, Bucket="graded", Key="k")

    def test_conditions(self):
        etag = self.put(IfNoneMatch="*")["ETag"]
        self.refused("PreconditionFailed", self.put, IfNoneMatch="*")
        self.refused("PreconditionFailed", self.put, IfMatch='"x"')
        self.refused("304", self.s3.get_object, Bucket="graded", Key="k", IfNoneMatch=etag)
        self.refused("PreconditionFailed", self.s3.delete_object, Bucket="graded", Key="k", IfMatch='"x"')
        self.put(IfMatch=etag)
        self.refused("NoSuchKey", self.put, key="missing", IfMatch=etag)

    def test_checksums(self):
        for algorithm in ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"):
            made = self.put(ChecksumAlgorithm=algorithm)["Checksum" + algorithm]
            head = self.s3.head_object(Bucket="graded", Key="k", ChecksumMode="ENABLED")
            self.assertEqual((head["Checksum" + algorithm], head["ChecksumType"]), (made, "FULL_OBJECT"))
            # The client compares, too.
            self.assertEqual(self.body(), b"data")
            self.refused("BadDigest", self.put, body=b"dat4", **{"Checksum" + algorithm: made})

    def test_bytes_that_change_on_their_way(self):
        def spoil(request, **_):
            request.body = b"dat4"
        self.s3.meta.events.register("before-send.s3.PutObject", spoil)
        self.refused("XAmzContentSHA256Mismatch", self.put)
        self.s3.meta.events.unregister("before-send.s3.PutObject", spoil)

    def test_headers_that_change_on_their_way(self):
        def spoil(request, **_):
            request.headers["x-amz-meta-a"] = "2"
        self.s3.meta.events.register("before-send.s3.PutObject", spoil)
        self.refused("SignatureDoesNotMatch", self.put, Metadata={"a": "1"})

    def test_who_asks(self):
        stranger = make_client(self.server.url, WRONG_SECRET)
        self.refused("SignatureDoesNotMatch", stranger.list_objects_v2, Bucket="graded")
        stranger.close()

    def test_regions(self):
        """boto3 asks again, signed for the region that the refusal names."""
        self.put()
        for region, status in (("us-west-2", 301), ("mars-1", 400)):
            client, seen = make_client(self.server.url, region=region), []
            client.meta.events.register("needs-retry.s3.ListObjectsV2", lambda response, **_: seen.append(
                response[0].status_code) if response else None)
            self.assertEqual(client.list_objects_v2(Bucket="graded")["KeyCount"], 1)
            self.assertEqual(seen, [status, 200])
            client.close()

    def fetch(self, url, method="GET", data=None, headers=None):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        request = urllib.request.Request(url, data, headers or {}, method=method)
        try:
            with opener.open(request, timeout=10) as reply:
                return reply.status, reply.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def test_presigned(self):
        def url(operation, **arguments):
            return self.s3.generate_presigned_url(operation, {"Bucket": "graded", "Key": "a b+%2F", **arguments})
        signed_type = {"Content-Type": "text/css"}
        put = url("put_object", ContentType="text/css")
        self.assertEqual(self.fetch(put, "PUT", b"data", signed_type)[0], 200)
        self.assertEqual(self.fetch(put, "PUT", b"data", {"Content-Type": "a/b"})[0], 403)
        get = url("get_object", ResponseContentType="x/y")
        self.assertEqual(self.fetch(get), (200, b"data"))
        self.assertEqual(self.fetch(get.replace("x%2Fy", "x%2Fz"))[0], 403)
        self.assertEqual(self.fetch(get, "DELETE")[0], 403)


class Parts(WithBoto3):
    def test_transfers(self):
        config = TransferConfig(multipart_threshold=5 * MiB, multipart_chunksize=5 * MiB, max_concurrency=3)
        data = pattern(12 * MiB)
        for algorithm, kind in (("CRC32", "COMPOSITE"), ("CRC64NVME", "FULL_OBJECT"), ("SHA256", "COMPOSITE")):
            self.s3.upload_fileobj(io.BytesIO(data), "graded", "large", {"ChecksumAlgorithm": algorithm}, Config=config)
            head = self.s3.head_object(Bucket="graded", Key="large", ChecksumMode="ENABLED")
            self.assertEqual(head["ChecksumType"], kind)
            self.assertTrue(head["ETag"].endswith('-3"'))
        got = io.BytesIO()
        self.s3.download_fileobj("graded", "large", got, Config=config)
        self.assertEqual(got.getvalue(), data)
        self.s3.copy({"Bucket": "graded", "Key": "large"}, "graded", "copy", Config=config)
        self.assertEqual(self.body("copy"), data)
        self.assertEqual(self.s3.list_multipart_uploads(Bucket="graded").get("Uploads"), None)

    def test_abort(self):
        upload = self.s3.create_multipart_upload(Bucket="graded", Key="k")["UploadId"]
        common = {"Bucket": "graded", "Key": "k", "UploadId": upload}
        self.assertEqual(self.s3.list_multipart_uploads(Bucket="graded")["Uploads"][0]["UploadId"], upload)
        self.s3.abort_multipart_upload(**common)
        self.refused("NoSuchUpload", self.s3.list_parts, **common)

    def test_bad_ends(self):
        upload = self.s3.create_multipart_upload(Bucket="graded", Key="k", ChecksumAlgorithm="CRC32")["UploadId"]
        common = {"Bucket": "graded", "Key": "k", "UploadId": upload}
        made = [self.s3.upload_part(PartNumber=number, Body=b"small", **common) for number in (1, 2)]
        parts = [{"PartNumber": number, "ETag": part["ETag"], "ChecksumCRC32": part["ChecksumCRC32"]}
                 for number, part in enumerate(made, 1)]
        def complete(chosen):
            return {"call": self.s3.complete_multipart_upload, "MultipartUpload": {"Parts": chosen}, **common}
        self.refused("EntityTooSmall", **complete(parts))
        self.refused("InvalidPartOrder", **complete(parts[::-1]))
        self.refused("InvalidPart", **complete([{**parts[0], "ETag": '"x"'}]))
        self.refused("InvalidRequest", **complete([{"PartNumber": 1, "ETag": parts[0]["ETag"]}]))
        self.assertEqual(len(self.s3.list_parts(**common)["Parts"]), 2)
        complete(parts[:1])["call"](MultipartUpload={"Parts": parts[:1]}, **common)
        self.assertEqual(self.body(), b"small")


class Buckets(WithBoto3):
    def test_versions(self):
        self.s3.put_bucket_versioning(Bucket="graded", VersioningConfiguration={"Status": "Enabled"})
        ids = [self.put(body=body)["VersionId"] for body in (b"1", b"2")]
        marker = self.s3.delete_object(Bucket="graded", Key="k")
        self.assertTrue(marker["DeleteMarker"])
        self.refused("NoSuchKey", self.s3.get_object, Bucket="graded", Key="k")
        self.assertEqual(self.body(VersionId=ids[0]), b"1")
        page = self.s3.list_object_versions(Bucket="graded")
        self.assertEqual([version["VersionId"] for version in page["Versions"]], ids[::-1])
        self.assertEqual(page["DeleteMarkers"][0]["VersionId"], marker["VersionId"])
        self.s3.delete_object(Bucket="graded", Key="k", VersionId=marker["VersionId"])
        self.assertEqual(self.body(), b"2")

    def test_life(self):
        west = make_client(self.server.url, region="us-west-2")
        west.create_bucket(Bucket="west", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
        self.assertEqual(self.s3.get_bucket_location(Bucket="west")["LocationConstraint"], "us-west-2")
        self.assertEqual([bucket["Name"] for bucket in self.s3.list_buckets()["Buckets"]], ["graded", "west"])
        self.put()
        self.refused("BucketNotEmpty", self.s3.delete_bucket, Bucket="graded")
        west.delete_bucket(Bucket="west")
        self.refused("NoSuchBucket", west.delete_bucket, Bucket="west")
        west.close()


if __name__ == "__main__":
    unittest.main()
