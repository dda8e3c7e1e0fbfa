"""What the fake Blob service does with blobs, and refuses to do."""

import base64

from azure_raw import ACCOUNT, WithServer, block_id
from fake_azure.limits import Limits

CONTAINER = [("restype", "container")]
# That of CRC-64/NVME for "123456789", as its catalogue has it, the lowest byte first.
CRC64_CHECK = base64.b64encode((0xAE8B14860A799888).to_bytes(8, "little")).decode()
LIST = [*CONTAINER, ("comp", "list")]


class Blobs(WithServer):
    def test_what_is_not_known_is_refused_and_printed(self):
        self.refused(self.ask("GET", "/ccc/k", [("strange", "1")]), 400, "UnsupportedQueryParameter")
        self.refused(self.ask("GET", "/ccc/k", headers={"x-ms-strange": "1"}), 400, "UnsupportedHeader")
        self.refused(self.ask("GET", "/ccc/k", [("comp", "acl")]), 400, "InvalidQueryParameterValue")
        self.refused(self.ask("POST", "/ccc/k"), 405, "UnsupportedHttpVerb")
        self.assertEqual(self.log.getvalue().count("NOT IMPLEMENTED"), 2)

    def test_ranges_have_a_beginning(self):
        self.ok(self.put(body=b"0123456789"), 201)
        self.ok(self.put("/ccc/empty", b""), 201)
        reply = self.ok(self.ask("GET", "/ccc/k", headers={"x-ms-range": "bytes=2-3", "range": "bytes=5-6"}), 206)
        self.assertEqual((reply.body, reply.headers["content-range"]), (b"23", "bytes 2-3/10"))
        self.assertNotIn("content-md5", reply.headers)
        self.assertEqual(self.ok(self.ask("GET", "/ccc/k", headers={"range": "bytes=8-"}), 206).body, b"89")
        self.refused(self.ask("GET", "/ccc/k", headers={"range": "bytes=-3"}), 400, "InvalidHeaderValue")
        self.refused(self.ask("GET", "/ccc/k", headers={"range": "bytes=10-"}), 416, "InvalidRange")
        self.refused(self.ask("GET", "/ccc/empty", headers={"range": "bytes=0-"}), 416, "InvalidRange")

    def test_conditions_have_azures_codes(self):
        etag = self.ok(self.put(), 201).headers["etag"]
        self.refused(self.put(if_none_match="*"), 409, "BlobAlreadyExists")
        self.refused(self.put(if_match='"0x1"'), 412, "ConditionNotMet")
        self.refused(self.put("/ccc/none", if_match=etag), 412, "ConditionNotMet")
        self.refused(self.ask("GET", "/ccc/none", headers={"if-match": etag}), 404, "BlobNotFound")
        self.refused(self.ask("GET", "/ccc/k", headers={"if-none-match": etag}), 304, "ConditionNotMet")
        self.ok(self.put(if_match=etag), 201)
        self.refused(self.ask("DELETE", "/ccc/k", headers={"if-match": etag}), 412, "ConditionNotMet")

    def test_digests_are_checked(self):
        self.refused(self.put(Content_MD5="AAAAAAAAAAAAAAAAAAAAAA=="), 400, "Md5Mismatch")
        self.refused(self.put(Content_MD5="nonsense"), 400, "InvalidMd5")
        self.refused(self.put(x_ms_content_crc64="AAAAAAAAAAA="), 400, "Crc64Mismatch")
        reply = self.ok(self.put(body=b"123456789", x_ms_content_crc64=CRC64_CHECK), 201)
        self.assertIn("x-ms-content-crc64", reply.headers)
        self.assertNotIn("content-md5", reply.headers)

    def test_names_and_metadata(self):
        self.refused(self.put(x_ms_meta_a_b="1"), 400, "InvalidMetadata")  # With hyphens: no identifier of C#.
        self.refused(self.put("/ccc/" + "x" * 1025), 400, "OutOfRangeInput")
        self.refused(self.ask("PUT", "/A", CONTAINER), 400, "OutOfRangeInput")
        self.refused(self.ask("PUT", "/a--b", CONTAINER), 400, "InvalidResourceName")
        self.refused(self.put(x_ms_access_tier="Lukewarm"), 400, "InvalidBlobTier")
        self.refused(self.put(body=b"x" * 1001), 413, "RequestBodyTooLarge")

    def test_replies_in_xml_begin_with_a_byte_order_mark(self):
        self.assertTrue(self.ask("GET", "/ccc", LIST).body.startswith(b"\xef\xbb\xbf<?xml"))
        self.assertTrue(self.ask("GET", "/ccc/none").body.startswith(b"\xef\xbb\xbf<?xml"))
        self.assertEqual(self.refused(self.ask("HEAD", "/ccc/none"), 404, "BlobNotFound").body, b"")

    def test_names_that_xml_cannot_hold_are_encoded(self):
        self.ok(self.put("/ccc/a\ufffe b"), 201)
        self.assertIn(b'<Name Encoded="true">a%EF%BF%BE%20b</Name>', self.ask("GET", "/ccc", LIST).body)

    def test_faults_are_armed(self):
        self.control("faults", {"put_blob": ["ServerBusy", "OperationTimedOut"]})
        self.refused(self.put(), 503, "ServerBusy")
        self.refused(self.put(), 500, "OperationTimedOut")
        self.ok(self.put(), 201)
        self.assertEqual(self.control("calls"), {"create_container": 1, "put_blob": 3})


class Blocks(WithServer):
    def block(self, name, body=b"x"):
        return self.ask("PUT", "/ccc/k", [("comp", "block"), ("blockid", block_id(name))], body=body)

    def commit(self, *names, kind="Latest", **headers):
        inner = "".join(f"<{kind}>{block_id(name)}</{kind}>" for name in names)
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask("PUT", "/ccc/k", [("comp", "blocklist")], headers, f"<BlockList>{inner}</BlockList>".encode())

    def test_ids_have_one_length(self):
        self.ok(self.block("000001"), 201)
        self.refused(self.block("1"), 400, "InvalidBlobOrBlock")
        self.ok(self.commit("000001"), 201)
        self.refused(self.block("1"), 400, "InvalidBlobOrBlock")  # Those of the blob count, too.
        self.ok(self.put(), 201)
        self.ok(self.block("1"), 201)
        self.refused(self.ask("PUT", "/ccc/k", [("comp", "block"), ("blockid", "???")], body=b"x"), 400,
                     "InvalidQueryParameterValue")
        self.refused(self.block("x" * 65), 400, "InvalidQueryParameterValue")

    def test_a_commit_takes_what_it_lists_and_drops_the_rest(self):
        for name in ("1", "2", "3"):
            self.ok(self.block(name, name.encode()), 201)
        self.refused(self.ask("GET", "/ccc/k"), 404, "BlobNotFound")
        self.refused(self.commit("1", "9"), 400, "InvalidBlockList")
        self.ok(self.commit("2", "1", x_ms_meta_m="1"), 201)
        self.assertEqual(self.ok(self.ask("GET", "/ccc/k")).body, b"21")
        self.refused(self.commit("3"), 400, "InvalidBlockList")
        self.ok(self.commit("1", kind="Committed"), 201)
        reply = self.ok(self.ask("GET", "/ccc/k"))
        self.assertEqual(reply.body, b"1")
        self.assertNotIn("x-ms-meta-m", reply.headers)  # All of before is replaced.
        self.assertNotIn("content-md5", reply.headers)
        self.refused(self.commit("1", if_none_match="*"), 409, "BlobAlreadyExists")

    def test_there_is_a_limit_of_blocks(self):
        for name in "12345":
            self.ok(self.block(name), 201)
        self.refused(self.block("6"), 409, "RequestEntityTooLargeBlockCountExceedsLimit")
        self.ok(self.block("5"), 201)
        self.refused(self.commit("1", "2", "3", "4"), 400, "BlockListTooLong")
        self.refused(self.block("1", b"x" * 101), 413, "RequestBodyTooLarge")
        listed = self.ok(self.ask("GET", "/ccc", [*LIST, ("include", "uncommittedblobs")]))
        self.assertIn(b"<Name>k</Name>", listed.body)
        self.assertNotIn(b"<Name>k</Name>", self.ask("GET", "/ccc", LIST).body)


class Pages(WithServer):
    limits = Limits(empty_pages=1)

    def test_a_page_may_be_empty_and_yet_not_the_last(self):
        for name in "ab":
            self.ok(self.put(f"/ccc/{name}"), 201)
        seen, marker, pages = [], "", 0
        while True:
            query = [*LIST, ("maxresults", "1"), *([("marker", marker)] if marker else [])]
            reply = self.ok(self.ask("GET", "/ccc", query))
            seen += [reply.text("Name")] if b"<Name>" in reply.body else []
            marker, pages = reply.text("NextMarker"), pages + 1
            if not marker:
                break
        self.assertEqual((seen, pages), (["a", "b"], 4))
        self.refused(self.ask("GET", "/ccc", [*LIST, ("marker", "a")]), 400, "InvalidQueryParameterValue")


class Groups(WithServer):
    def test_pages_of_one_give_each_prefix_once(self):
        for name in ("dir-", "dir/a", "dir/b", "dir0"):
            self.ok(self.put(f"/ccc/{name}"), 201)
        seen, marker = [], ""
        while True:
            query = [*LIST, ("maxresults", "1"), ("delimiter", "/"), *([("marker", marker)] if marker else [])]
            reply = self.ok(self.ask("GET", "/ccc", query))
            seen.append(reply.text("Name"))
            marker = reply.text("NextMarker")
            if not marker:
                break
        self.assertEqual(seen, ["dir-", "dir/", "dir0"])


class Versions(WithServer):
    limits = Limits(versioning=1)

    def version(self, reply):
        return self.ok(reply, reply.status).headers["x-ms-version-id"]

    def listed(self, *more):
        query = [*LIST, ("include", "versions"), *more]
        body = self.ok(self.ask("GET", "/ccc", query)).body.decode()
        return [(row.split("</Name>")[0], "IsCurrentVersion" in row) for row in body.split("<Name>")[1:]]

    def test_each_write_makes_one_the_oldest_first(self):
        first = self.version(self.put(body=b"1"))
        second = self.version(self.ask("PUT", "/ccc/k", [("comp", "metadata")], headers={"x-ms-meta-a": "1"}))
        self.assertLess(first, second)
        self.ok(self.ask("PUT", "/ccc/k", [("comp", "properties")]))
        self.assertEqual(self.listed(), [("k", False), ("k", True)])
        old = self.ok(self.ask("GET", "/ccc/k", [("versionid", first)]))
        self.assertEqual((old.body, old.headers.get("x-ms-meta-a")), (b"1", None))
        self.refused(self.ask("GET", "/ccc/k", [("versionid", "2020-01-01T00:00:00.0000000Z")]), 404, "BlobNotFound")

    def test_the_current_one_cannot_be_deleted_by_its_name(self):
        only = self.version(self.put())
        self.refused(self.ask("DELETE", "/ccc/k", [("versionid", only)]), 403, "OperationNotAllowedOnRootBlob")
        self.ok(self.ask("DELETE", "/ccc/k"), 202)
        self.assertEqual(self.listed(), [("k", False)])
        self.ok(self.ask("DELETE", "/ccc/k", [("versionid", only)]), 202)
        self.assertEqual(self.listed(), [])

    def test_of_what_was_removed_no_prefix_is_listed(self):
        for name in ("d/a", "e/a"):
            self.ok(self.put(f"/ccc/{name}"), 201)
        self.ok(self.ask("DELETE", "/ccc/d/a"), 202)
        body = self.ok(self.ask("GET", "/ccc", [*LIST, ("delimiter", "/")])).body
        self.assertEqual((b"<Name>d/</Name>" in body, b"<Name>e/</Name>" in body), (False, True))

    def test_snapshots_are_not_listed_by_a_delimiter(self):
        for include in ("versions", "snapshots,versions"):
            self.ok(self.ask("GET", "/ccc", [*LIST, ("include", include)]))
        self.ok(self.ask("GET", "/ccc", [*LIST, ("include", "versions"), ("delimiter", "/")]))
        self.refused(self.ask("GET", "/ccc", [*LIST, ("include", "snapshots,versions"), ("delimiter", "/")]), 400,
                     "InvalidQueryParameterValue")


class Batches(WithServer):
    limits = Limits()

    def part(self, method, path, query=(), number=0):
        target = f"/{ACCOUNT}{path}" + ("?" + "&".join(f"{name}={value}" for name, value in query) if query else "")
        headers = self.headers_of(method, target, {"x-ms-version": None, "content-length": "0"})
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return (f"--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: {number}\r\n\r\n"
                f"{method} {target} HTTP/1.1\r\n{lines}\r\n")

    def send_batch(self, *parts):
        return self.ask("POST", "/ccc", [*CONTAINER, ("comp", "batch")], {"content-type": "multipart/mixed; boundary=b"},
                        ("".join(parts) + "--b--\r\n").encode())

    def test_each_request_is_answered(self):
        self.ok(self.put("/ccc/a"), 201)
        reply = self.ok(self.send_batch(self.part("DELETE", "/ccc/a"), self.part("DELETE", "/ccc/none", number=1)), 202)
        self.assertIn(b"Content-ID: 0\r\n\r\nHTTP/1.1 202 Accepted\r\n", reply.body)
        self.assertIn(b"Content-ID: 1\r\n\r\nHTTP/1.1 404 Not Found\r\n", reply.body)
        self.assertIn(b"x-ms-error-code: BlobNotFound\r\n", reply.body)

    def test_what_is_no_batch_is_refused(self):
        self.refused(self.send_batch(), 400, "InvalidInput")
        self.refused(self.send_batch("nonsense"), 400, "InvalidInput")
        mixed = (self.part("DELETE", "/ccc/a"), self.part("PUT", "/ccc/a", [("comp", "tier")]))
        self.refused(self.send_batch(*mixed), 400, "InvalidInput")
        self.refused(self.send_batch(*[self.part("DELETE", "/ccc/a")] * 257), 400, "InvalidInput")
        self.assertIn(b"x-ms-error-code: InvalidInput", self.ok(self.send_batch(self.part("GET", "/ccc/a")), 202).body)
