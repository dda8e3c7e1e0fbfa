"""boto3 over TLS, where it sends bodies unsigned with their checksum behind them."""

import datetime
import ipaddress
import unittest

import botocore.exceptions
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from fake_s3.payload import UNSIGNED_TRAILER
from fake_s3.server import Server
from grade_boto3 import make_client
from grading import Graded, pattern


def write_certificate(directory):
    """(certificate, key) of 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "fake-s3")])
    now = datetime.datetime.now(datetime.timezone.utc)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
                   .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
                   .not_valid_after(now + datetime.timedelta(days=1))
                   .add_extension(x509.SubjectAlternativeName([address]), False)
                   .add_extension(x509.BasicConstraints(ca=True, path_length=None), True).sign(key, hashes.SHA256()))
    paths = directory / "certificate.pem", directory / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                           serialization.NoEncryption()))
    return paths


class OverTls(Graded):
    def setUp(self):
        super().setUp()
        tls = write_certificate(self.directory)
        self.secure = Server(self.service, tls=tls).start()
        self.addCleanup(self.secure.close)
        self.s3 = make_client(self.secure.url, verify=str(tls[0]))
        self.addCleanup(self.s3.close)
        self.s3.create_bucket(Bucket="graded")

    def test_trailers(self):
        for size in (0, 1, 8192, 3_000_000):
            for algorithm in ("CRC32", "CRC32C", "CRC64NVME", "SHA256"):
                body = pattern(size)
                made = self.s3.put_object(Bucket="graded", Key="k", Body=body, ChecksumAlgorithm=algorithm)
                head = self.s3.head_object(Bucket="graded", Key="k", ChecksumMode="ENABLED")
                self.assertEqual(made["Checksum" + algorithm], head["Checksum" + algorithm])
                self.assertEqual(head.get("ContentEncoding", ""), "")
                self.assertEqual(self.s3.get_object(Bucket="graded", Key="k")["Body"].read(), body)
        self.assertEqual(self.service.payloads[UNSIGNED_TRAILER], 16)

    def test_bytes_that_change_on_their_way(self):
        def spoil(request, **_):
            sent = request.body.read()
            self.assertIn(b"data", sent)
            request.body = sent.replace(b"data", b"dat4")
        self.s3.meta.events.register("before-send.s3.PutObject", spoil)
        with self.assertRaises(botocore.exceptions.ClientError) as caught:
            self.s3.put_object(Bucket="graded", Key="k", Body=b"data")
        self.assertEqual(caught.exception.response["Error"]["Code"], "BadDigest")


if __name__ == "__main__":
    unittest.main()
