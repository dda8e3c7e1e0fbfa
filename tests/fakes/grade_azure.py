"""Microsoft's own client grades the fake: what it sends must be taken, and what is wrong be refused as it expects."""

import base64
import datetime
import io
import unittest

from azure.core import MatchConditions, exceptions
from azure.storage import blob as azure

from fake_azure.limits import Limits
from fake_azure.service import Service
from fake_s3.server import Server

ACCOUNT, KEY = "ckfakeaccount", "Y2t0ZXN0LWZha2VhenVyZS0x"  # cktest-fakeazure-1


class Graded(unittest.TestCase):
    limits = Limits(max_put=2**20, max_block=2**20, versioning=0, soft_delete=1)

    @classmethod
    def setUpClass(cls):
        cls.log = io.StringIO()
        service = Service({ACCOUNT: base64.b64decode(KEY)}, (), cls.limits, cls.log)
        cls.server = Server(service).start()
        cls.service = service

    @classmethod
    def tearDownClass(cls):
        cls.server.close()
        assert not cls.log.getvalue(), cls.log.getvalue()

    def client(self, credential=None, **options):
        url = f"{self.server.url}/{ACCOUNT}"
        return azure.BlobServiceClient(url, credential=credential or {"account_name": ACCOUNT, "account_key": KEY},
                                       retry_total=0, max_single_put_size=64 * 1024, max_block_size=16 * 1024, **options)

    def setUp(self):
        self.service.faults.clear()
        self.name = self.id().rpartition(".")[2].replace("_", "-")[:50]
        self.account = self.client()
        self.container = self.account.create_container(self.name)

    def refused(self, code, kind=exceptions.HttpResponseError):
        return self.assertRaisesRegex(kind, code)

    def test_blobs_of_any_size_and_name(self):
        for name, data in (("empty", b""), ("a b/ü+%?#\"", b"x" * 1000), ("large", b"0123456789" * 20000)):
            blob = self.container.upload_blob(name, data, metadata={"one": "1"}, overwrite=False,
                                              content_settings=azure.ContentSettings("text/plain"))
            read = blob.download_blob()
            self.assertEqual(read.readall(), data)
            self.assertEqual(read.properties.content_settings.content_type, "text/plain")
            self.assertEqual(read.properties.metadata, {"one": "1"})
        self.assertEqual([one.name for one in self.container.list_blobs()], ["a b/ü+%?#\"", "empty", "large"])
        self.assertEqual(self.container.download_blob("large", offset=5, length=10).readall(), b"5678901234")

    def test_conditions(self):
        blob = self.container.upload_blob("k", b"1")
        with self.refused("BlobAlreadyExists", exceptions.ResourceExistsError):
            self.container.upload_blob("k", b"2")
        etag = blob.get_blob_properties().etag
        blob.upload_blob(b"3", overwrite=True, etag=etag, match_condition=MatchConditions.IfNotModified)
        with self.refused("ConditionNotMet", exceptions.ResourceModifiedError):
            blob.upload_blob(b"4", overwrite=True, etag=etag, match_condition=MatchConditions.IfNotModified)
        with self.assertRaises(exceptions.HttpResponseError):
            blob.download_blob(etag=blob.get_blob_properties().etag, match_condition=MatchConditions.IfModified)

    def test_block_lists(self):
        blob = self.container.get_blob_client("k")
        blob.stage_block("0001", b"one")
        blob.stage_block("0002", b"two")
        with self.refused("InvalidBlobOrBlock"):
            blob.stage_block("0000003", b"three")
        self.assertEqual([one.id for one in blob.get_block_list("uncommitted")[1]], ["0001", "0002"])
        with self.refused("InvalidBlockList"):
            blob.commit_block_list([azure.BlobBlock("0009")])
        blob.commit_block_list([azure.BlobBlock("0002"), azure.BlobBlock("0001")])
        self.assertEqual(blob.download_blob().readall(), b"twoone")
        self.assertIsNone(blob.get_blob_properties().content_settings.content_md5)
        self.assertEqual(blob.get_block_list("all")[1], [])

    def test_listing(self):
        for name in ("a/1", "a/2", "b", "c/1", "d\uffff"):
            self.container.upload_blob(name, b"")
        walked = [(type(one).__name__, one.name) for one in self.container.walk_blobs()]
        self.assertEqual(sorted(walked), [("BlobPrefix", "a/"), ("BlobPrefix", "c/"), ("BlobProperties", "b"),
                                          ("BlobProperties", "d\uffff")])
        pages = [[one.name for one in page]
                 for page in self.container.list_blobs(results_per_page=2).by_page()]
        self.assertEqual(pages, [["a/1", "a/2"], ["b", "c/1"], ["d\uffff"]])
        self.assertEqual([one.name for one in self.container.list_blobs(name_starts_with="a/")], ["a/1", "a/2"])
        self.assertIn(self.name, [one.name for one in self.account.list_containers(name_starts_with=self.name)])

    def test_snapshots_and_soft_delete(self):
        blob = self.container.upload_blob("k", b"1")
        snapshot = blob.create_snapshot()["snapshot"]
        blob.upload_blob(b"2", overwrite=True)
        self.assertEqual(self.container.get_blob_client("k", snapshot).download_blob().readall(), b"1")
        with self.refused("SnapshotsPresent", exceptions.ResourceExistsError):
            blob.delete_blob()
        blob.delete_blob(delete_snapshots="include")
        self.assertEqual([one.name for one in self.container.list_blobs(include=["deleted"]) if one.deleted], ["k"])
        blob.undelete_blob()
        self.assertEqual(blob.download_blob().readall(), b"2")

    def test_leases(self):
        blob = self.container.upload_blob("k", b"1")
        lease = blob.acquire_lease(15)
        with self.refused("LeaseIdMissing"):
            blob.upload_blob(b"2", overwrite=True)
        blob.upload_blob(b"2", overwrite=True, lease=lease)
        with self.refused("LeaseAlreadyPresent"):
            blob.acquire_lease(15)
        self.assertEqual(blob.get_blob_properties().lease.state, "leased")
        lease.release()
        blob.delete_blob()

    def test_tiers_and_tags(self):
        blob = self.container.upload_blob("k", b"1", tags={"a": "1"})
        self.assertEqual(blob.get_blob_tags(), {"a": "1"})
        blob.set_blob_tags({"b": "2"})
        self.assertEqual(blob.get_blob_tags(), {"b": "2"})
        blob.set_standard_blob_tier("Archive")
        with self.refused("BlobArchived", exceptions.ResourceExistsError):
            blob.download_blob()
        blob.set_standard_blob_tier("Hot")
        self.assertEqual(blob.get_blob_properties().archive_status, "rehydrate-pending-to-hot")

    def test_copies(self):
        source = self.container.upload_blob("from", b"data", metadata={"m": "1"})
        target = self.container.get_blob_client("to")
        self.assertEqual(target.start_copy_from_url(source.url)["copy_status"], "success")
        self.assertEqual(target.get_blob_properties().metadata, {"m": "1"})
        source.set_blob_tags({"left": "behind"})
        target.start_copy_from_url(source.url)
        self.assertEqual(target.get_blob_tags(), {})
        target.start_copy_from_url(source.url, tags={"of the": "request"})
        self.assertEqual(target.get_blob_tags(), {"of the": "request"})
        self.service.copy_looks = 2
        copy = target.start_copy_from_url(source.url)
        self.assertEqual(copy["copy_status"], "pending")
        with self.refused("PendingCopyOperation"):
            target.upload_blob(b"", overwrite=True)
        self.assertEqual(target.get_blob_properties().copy.status, "pending")
        self.assertEqual(target.get_blob_properties().copy.status, "success")
        with self.refused("NoPendingCopyOperation"):
            target.abort_copy(copy["copy_id"])
        self.service.copy_looks = 0
        with self.refused("CannotVerifyCopySource"):
            target.start_copy_from_url(source.url, requires_sync=True)
        sas = self.sas("from", "r")
        self.assertEqual(target.start_copy_from_url(f"{source.url}?{sas}", requires_sync=True)["copy_status"], "success")
        target.upload_blob_from_url(f"{source.url}?{sas}", overwrite=True)
        target.stage_block_from_url("0001", f"{source.url}?{sas}", 1, 2)
        target.commit_block_list([azure.BlobBlock("0001")])
        self.assertEqual(target.download_blob().readall(), b"at")

    def sas(self, blob, permission, hours=1, **options):
        now = datetime.datetime.now(datetime.timezone.utc)
        return azure.generate_blob_sas(ACCOUNT, self.name, blob, account_key=options.pop("key", KEY),
                                       permission=permission, expiry=now + datetime.timedelta(hours=hours), **options)

    def by_sas(self, sas, blob="k"):
        return azure.BlobClient(f"{self.server.url}/{ACCOUNT}", self.name, blob, credential=sas, retry_total=0)

    def test_signatures(self):
        self.container.upload_blob("k", b"1")
        self.assertEqual(self.by_sas(self.sas("k", "r", content_type="x/y")).download_blob().properties
                         .content_settings.content_type, "x/y")
        for sas, code in ((self.sas("k", "r", hours=-1), "AuthenticationFailed"),
                          (self.sas("k", "r", key="b3RoZXI="), "AuthenticationFailed"),
                          (self.sas("other", "r"), "AuthenticationFailed"),
                          (self.sas("k", "w"), "AuthorizationPermissionMismatch"),
                          (self.sas("k", "r", protocol="https"), "AuthorizationProtocolMismatch"),
                          (self.sas("k", "r", ip="198.51.100.1"), "AuthorizationSourceIPMismatch")):
            with self.refused(code):
                self.by_sas(sas).download_blob()
        with self.refused("UnauthorizedBlobOverwrite"):
            self.by_sas(self.sas("k", "c")).upload_blob(b"2", overwrite=True)
        now = datetime.datetime.now(datetime.timezone.utc)
        account = azure.generate_account_sas(ACCOUNT, KEY, azure.ResourceTypes(container=True, object=True), "rl",
                                             now + datetime.timedelta(hours=1))
        self.assertEqual([one.name for one in self.client(account).get_container_client(self.name).list_blobs()], ["k"])

    def test_batches(self):
        for name in ("a", "b/ü"):
            self.container.upload_blob(name, b"")
        replies = list(self.container.delete_blobs("a", "b/ü", "c", raise_on_any_failure=False))
        self.assertEqual([one.status_code for one in replies], [202, 202, 404])
        self.assertEqual(list(self.container.list_blobs()), [])

    def test_containers(self):
        with self.refused("ContainerAlreadyExists", exceptions.ResourceExistsError):
            self.account.create_container(self.name)
        self.service.deleting_seconds = 30
        self.container.delete_container()
        with self.refused("ContainerNotFound", exceptions.ResourceNotFoundError):
            self.container.get_container_properties()
        with self.refused("ContainerBeingDeleted", exceptions.ResourceExistsError):
            self.account.create_container(self.name)
        self.service.verifier.skew = 31
        self.account.create_container(self.name)
        self.service.deleting_seconds = self.service.verifier.skew = 0

    def test_errors(self):
        with self.refused("BlobNotFound", exceptions.ResourceNotFoundError):
            self.container.get_blob_client("none").get_blob_properties()
        with self.refused("AuthenticationFailed", exceptions.ClientAuthenticationError):
            self.client({"account_name": ACCOUNT, "account_key": "b3RoZXI="}).get_container_client(
                self.name).get_container_properties()
        self.service.faults["get_blob_properties"] = ["ServerBusy"]
        with self.refused("ServerBusy"):
            self.container.get_blob_client("none").get_blob_properties()
        self.service.verifier.skew = 3600
        with self.refused("AuthenticationFailed", exceptions.ClientAuthenticationError):
            self.container.get_container_properties()
        self.service.verifier.skew = 0
