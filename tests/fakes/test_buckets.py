"""What S3 documents of buckets, listings, versions and removals of many."""

import base64
import hashlib
import re
import unittest
import urllib.parse

import raw
from asking import WithServer
from fake_s3.limits import Limits


def texts(reply, element):
    return re.findall(f"<{element}>([^<]*)</{element}>", reply.body.decode())


class Buckets(WithServer):
    def test_names(self):
        for name in ("ab", "a" * 64, "Upper", "under_score", "-dash", "dash-", "a..b", "1.2.3.4", "xn--a", "a-s3alias"):
            self.refused(self.client.ask("PUT", "/" + name), 400, "InvalidBucketName")
        for name in ("abc", "a.b-c.1"):
            self.ok(self.client.ask("PUT", "/" + name))

    def test_life(self):
        self.ok(self.client.ask("PUT", self.bucket))
        self.ok(self.put())
        self.refused(self.ask("DELETE", ""), 409, "BucketNotEmpty")
        self.ok(self.ask("DELETE", "/k"), 204)
        self.ok(self.ask("DELETE", ""), 204)
        self.refused(self.ask("DELETE", ""), 404, "NoSuchBucket")
        self.refused(self.put(), 404, "NoSuchBucket")
        self.ok(self.ask("HEAD", ""), 404)

    def test_regions(self):
        def create(client, name, constraint):
            body = f"<CreateBucketConfiguration><LocationConstraint>{constraint}</LocationConstraint>"
            body = (body + "</CreateBucketConfiguration>").encode() if constraint else b""
            return client.ask("PUT", name, body=body)
        west = raw.Client(self.server, region="us-west-2")
        self.refused(create(west, "/west", ""), 400, "IllegalLocationConstraintException")
        self.refused(create(self.client, "/west", "us-east-1"), 400, "InvalidLocationConstraint")
        self.refused(create(self.client, "/west", "mars-1"), 400, "InvalidLocationConstraint")
        self.ok(create(west, "/west", "us-west-2"))
        self.refused(create(west, "/west", "us-west-2"), 409, "BucketAlreadyOwnedByYou")
        self.assertEqual(self.ok(self.client.ask("GET", "/west", {"location": ""})).body.count(b"us-west-2"), 1)
        head = self.ok(self.client.ask("HEAD", "/west"), 301)
        self.assertEqual((head.headers["x-amz-bucket-region"], head.body), ("us-west-2", b""))
        self.assertEqual(self.ok(west.ask("HEAD", "/west")).headers["x-amz-bucket-region"], "us-west-2")

    def test_list(self):
        for number in range(3):
            self.ok(self.client.ask("PUT", f"/list-{number}"))
        page = self.ok(self.client.ask("GET", "/", {"max-buckets": "2", "prefix": "list-"}))
        self.assertEqual(texts(page, "Name"), ["list-0", "list-1"])
        token = {"continuation-token": page.text("ContinuationToken"), "prefix": "list-"}
        self.assertEqual(texts(self.ok(self.client.ask("GET", "/", token)), "Name"), ["list-2"])
        self.refused(self.client.ask("GET", "/", {"continuation-token": "x"}), 400, "InvalidArgument")
        self.refused(self.ask("GET", "", {"policy": ""}), 501, "NotImplemented")
        self.refused(self.ask("PUT", "", {"lifecycle": ""}, body=b"<x/>"), 501, "NotImplemented")


class Listings(WithServer):
    limits = Limits(max_page=3)

    def fill(self, *keys):
        for key in keys:
            self.ok(self.put("/" + urllib.parse.quote(key, safe="/")))

    def pages(self, version, **query):
        """The names of all entries, page by page; common prefixes last in each."""
        query = {name.replace("_", "-"): text for name, text in query.items()}
        query.update({"encoding-type": "url", **({"list-type": "2"} if version == 2 else {})})
        found = []
        while True:
            page = self.ok(self.ask("GET", "", query))
            keys = [urllib.parse.unquote_plus(key) for key in texts(page, "Key")]
            groups = re.findall("<CommonPrefixes><Prefix>([^<]*)</Prefix>", page.body.decode())
            self.assertLessEqual(len(keys) + len(groups), 3)
            found.append(keys + [urllib.parse.unquote_plus(group) for group in groups])
            if page.text("IsTruncated") == "false":
                return found
            if version == 2:
                query["continuation-token"] = page.text("NextContinuationToken")
            else:
                self.assertEqual(page.text("NextMarker") is None, "delimiter" not in query)
                query["marker"] = urllib.parse.unquote_plus(page.text("NextMarker") or texts(page, "Key")[-1])

    def test_pages(self):
        self.fill("a", "b c", "b/1", "b/2", "b+", "\u00e4", "\U0001F600", "\uFF5E")
        for version in (1, 2):
            self.assertEqual(self.pages(version),
                             [["a", "b c", "b+"], ["b/1", "b/2", "\u00e4"], ["\uFF5E", "\U0001F600"]])
            self.assertEqual(self.pages(version, delimiter="/"),
                             [["a", "b c", "b+"], ["\u00e4", "\uFF5E", "b/"], ["\U0001F600"]])
            self.assertEqual(self.pages(version, prefix="b/"), [["b/1", "b/2"]])
            self.assertEqual(self.pages(version, prefix="b", delimiter="/"), [["b c", "b+", "b/"]])
            self.assertEqual(self.pages(version, prefix="nothing"), [[]])
        self.assertEqual(self.pages(2, start_after="b/1"), [["b/2", "\u00e4", "\uFF5E"], ["\U0001F600"]])
        self.assertEqual(self.pages(2, start_after="b/1", max_keys="1")[0], ["b/2"])

    def test_details(self):
        self.fill("a", "\x01")
        plain = self.ok(self.ask("GET", "", {"list-type": "2", "fetch-owner": "true"}))
        self.assertEqual(texts(plain, "Key"), ["&#x1;", "a"])
        self.assertEqual((plain.text("KeyCount"), plain.text("Size"), texts(plain, "StorageClass")),
                         ("2", "4", ["STANDARD"] * 2))
        self.assertIn(b"<Owner>", plain.body)
        none = self.ok(self.ask("GET", "", {"list-type": "2", "max-keys": "0"}))
        self.assertEqual((none.text("IsTruncated"), none.text("KeyCount")), ("false", "0"))
        for query in ({"list-type": "3"}, {"max-keys": "x"}, {"max-keys": "-1"}, {"encoding-type": "base64"}):
            self.refused(self.ask("GET", "", query), 400, "InvalidArgument")
        self.refused(self.ask("GET", "", {"list-type": "2", "continuation-token": "a"}), 400, "InvalidArgument")
        self.refused(self.ask("GET", "", {"list-type": "2", "marker": "a"}), 501, "NotImplemented")


class Versions(WithServer):
    def enable(self, status="Enabled"):
        body = f"<VersioningConfiguration><Status>{status}</Status></VersioningConfiguration>".encode()
        self.ok(self.ask("PUT", "", {"versioning": ""}, body=body))

    def test_life(self):
        self.ok(self.put(body=b"0"))
        self.enable()
        first = self.ok(self.put(body=b"1")).headers["x-amz-version-id"]
        marker = self.ok(self.ask("DELETE", "/k"), 204).headers
        self.assertEqual(marker["x-amz-delete-marker"], "true")
        gone = self.ask("GET", "/k")
        self.refused(gone, 404, "NoSuchKey")
        self.assertEqual(gone.headers["x-amz-delete-marker"], "true")
        for version, body in ((first, b"1"), ("null", b"0")):
            self.assertEqual(self.ok(self.ask("GET", "/k", {"versionId": version})).body, body)
        self.refused(self.ask("GET", "/k", {"versionId": marker["x-amz-version-id"]}), 405, "MethodNotAllowed")
        self.refused(self.ask("GET", "/k", {"versionId": "x"}), 404, "NoSuchVersion")
        listed = self.ok(self.ask("GET", "", {"versions": ""}))
        self.assertEqual(texts(listed, "VersionId"), [marker["x-amz-version-id"], first, "null"])
        self.assertEqual(texts(listed, "IsLatest"), ["true", "false", "false"])
        self.assertEqual(texts(self.ask("GET", ""), "Key"), [])
        undone = self.ok(self.ask("DELETE", "/k", {"versionId": marker["x-amz-version-id"]}), 204)
        self.assertEqual(undone.headers["x-amz-delete-marker"], "true")
        self.assertEqual(self.bytes_of(), b"1")
        self.ok(self.ask("DELETE", "/k", {"versionId": first}), 204)
        self.assertEqual(self.bytes_of(), b"0")

    def test_suspended(self):
        self.enable()
        first = self.ok(self.put(body=b"1")).headers["x-amz-version-id"]
        self.enable("Suspended")
        for body in (b"2", b"3"):
            self.assertEqual(self.ok(self.put(body=body)).headers["x-amz-version-id"], "null")
        self.assertEqual(texts(self.ask("GET", "", {"versions": ""}), "VersionId"), ["null", first])
        self.refused(self.ask("PUT", "", {"versioning": ""}, body=b"<VersioningConfiguration/>"), 400,
                     "IllegalVersioningConfigurationException")

    def test_pages(self):
        self.enable()
        ids = {}
        for key in ("a", "b", "b", "b", "c/1", "c/2"):
            ids.setdefault(key, []).insert(0, self.put("/" + key).headers["x-amz-version-id"])
        expected, found, marker = ids["a"] + ids["b"], [], {}
        while True:
            page = self.ok(self.ask("GET", "", {"versions": "", "delimiter": "/", "max-keys": "2", **marker}))
            found += texts(page, "VersionId")
            if page.text("IsTruncated") == "false":
                break
            marker = {"key-marker": page.text("NextKeyMarker"), "version-id-marker": page.text("NextVersionIdMarker")}
        self.assertEqual(found, expected)
        self.assertEqual(page.text("CommonPrefixes"), "<Prefix>c/</Prefix>")
        self.refused(self.ask("GET", "", {"versions": "", "version-id-marker": "x"}), 400, "InvalidArgument")

    def delete_many(self, objects, quiet=False, digest=True):
        body = f"<Delete><Quiet>{str(quiet).lower()}</Quiet>{objects}</Delete>".encode()
        headers = {"content-md5": base64.b64encode(hashlib.md5(body).digest()).decode()} if digest else {}
        return self.ask("POST", "", {"delete": ""}, headers, body)

    def test_remove_many(self):
        etag = self.ok(self.put()).headers["etag"]
        self.refused(self.delete_many("<Object><Key>k</Key></Object>", digest=False), 400, "InvalidRequest")
        self.refused(self.delete_many(""), 400, "MalformedXML")
        self.refused(self.delete_many("<Object><Key>k</Key></Object>" * 1001), 400, "MalformedXML")
        self.refused(self.delete_many("<Object><Key>k</Key><Size>1</Size></Object>"), 501, "NotImplemented")
        wrong = self.ok(self.delete_many('<Object><Key>k</Key><ETag>"x"</ETag></Object><Object><Key>m</Key></Object>'))
        self.assertEqual((texts(wrong, "Code"), texts(wrong, "Key")), (["PreconditionFailed"], ["k", "m"]))
        quiet = self.ok(self.delete_many(f"<Object><Key>k</Key><ETag>{etag}</ETag></Object>", quiet=True))
        self.assertEqual(texts(quiet, "Key"), [])
        self.refused(self.ask("GET", "/k"), 404, "NoSuchKey")
        self.enable()
        made = self.ok(self.delete_many("<Object><Key>k</Key></Object>"))
        self.assertEqual(made.text("DeleteMarker"), "true")
        gone = f"<Object><Key>k</Key><VersionId>{made.text('DeleteMarkerVersionId')}</VersionId></Object>"
        self.assertEqual(self.ok(self.delete_many(gone)).text("DeleteMarker"), "true")


if __name__ == "__main__":
    unittest.main()
