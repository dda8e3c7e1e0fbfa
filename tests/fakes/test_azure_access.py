"""Who may ask the fake Blob service: keys, signatures, tokens, nobody."""

import base64
import time

from azure_raw import KEY, TOKEN, VERSION, WithServer


class Keys(WithServer):
    def test_a_signature_of_another_key_or_text_is_refused(self):
        self.ok(self.put(), 201)
        wrong = self.refused(self.ask("GET", "/ccc/k", key=b"other"), 403, "AuthenticationFailed")
        self.assertIn("string to sign: 'GET", wrong.text("AuthenticationErrorDetail"))
        target = "/ckfakeaccount/ccc/k"
        headers = self.headers_of("GET", target)
        self.ok(self.send("GET", target, headers))
        self.refused(self.send("HEAD", target, headers), 403, "AuthenticationFailed")
        self.refused(self.send("GET", target, {**headers, "x-ms-client-request-id": "1"}), 403, "AuthenticationFailed")
        self.refused(self.send("GET", target + "?timeout=3", headers), 403, "AuthenticationFailed")

    def test_clocks_and_versions_count(self):
        for skew in (-1000, 1000):
            self.refused(self.ask("GET", "/ccc", [("restype", "container")], skew=skew), 403, "AuthenticationFailed")
        self.ok(self.ask("GET", "/ccc", [("restype", "container")], skew=-800))
        self.refused(self.ask("GET", "/ccc/k", headers={"x-ms-version": None}), 400, "MissingRequiredHeader")
        self.refused(self.ask("GET", "/ccc/k", headers={"x-ms-version": "1"}), 400, "InvalidHeaderValue")
        self.control("clock", {"seconds": 3600})
        self.refused(self.ask("GET", "/ccc", [("restype", "container")]), 403, "AuthenticationFailed")
        self.ok(self.ask("GET", "/ccc", [("restype", "container")], skew=3600))

    def test_nobody_sees_what_is_not_public(self):
        self.ok(self.put(), 201)
        self.refused(self.by_sas("GET", "/ccc/k", []), 404, "ResourceNotFound")
        self.refused(self.by_sas("PUT", "/ccc/k", [], {"x-ms-blob-type": "BlockBlob"}, b"x"), 401,
                     "NoAuthenticationInformation")
        self.ok(self.ask("PUT", "/open", [("restype", "container")], {"x-ms-blob-public-access": "blob"}), 201)
        self.ok(self.put("/open/k"), 201)
        self.ok(self.by_sas("GET", "/open/k", []))
        self.refused(self.by_sas("GET", "/open", [("restype", "container"), ("comp", "list")]), 404, "ResourceNotFound")

    def test_tokens(self):
        self.ok(self.put(), 201)
        self.ok(self.by_token("GET", "/ccc/k"))
        expired = self.refused(self.by_token("GET", "/ccc/k", token="other"), 401, "InvalidAuthenticationInfo")
        self.assertIn("resource_id=https://storage.azure.com", expired.headers["www-authenticate"])
        self.refused(self.by_token("GET", "/ccc/k", version=None), 400, "MissingRequiredHeader")
        self.control("tokens", [])
        self.refused(self.by_token("GET", "/ccc/k"), 401, "InvalidAuthenticationInfo")


class Signatures(WithServer):
    def setUp(self):
        super().setUp()
        self.ok(self.put(), 201)

    def test_they_allow_what_they_say(self):
        self.ok(self.by_sas("GET", "/ccc/k", self.sas()))
        self.ok(self.by_sas("GET", "/ccc/k", self.sas("")))
        self.refused(self.by_sas("GET", "/ccc/other", self.sas()), 403, "AuthenticationFailed")
        self.refused(self.by_sas("DELETE", "/ccc/k", self.sas()), 403, "AuthorizationPermissionMismatch")
        self.refused(self.by_sas("GET", "/ccc", [*self.sas("", sp="r"), ("restype", "container"), ("comp", "list")]), 403,
                     "AuthorizationPermissionMismatch")
        self.ok(self.by_sas("GET", "/ccc", [*self.sas("", sp="rl"), ("restype", "container"), ("comp", "list")]))
        self.refused(self.by_sas("GET", "/ccc", [*self.sas(sp="rl"), ("restype", "container"), ("comp", "list")]), 403,
                     "AuthorizationResourceTypeMismatch")

    def test_those_that_create_do_not_replace(self):
        headers = {"x-ms-blob-type": "BlockBlob"}
        self.refused(self.by_sas("PUT", "/ccc/k", self.sas(sp="c"), headers, b"x"), 403, "UnauthorizedBlobOverwrite")
        self.ok(self.by_sas("PUT", "/ccc/new", self.sas("new", sp="c"), headers, b"x"), 201)
        self.ok(self.by_sas("PUT", "/ccc/k", self.sas(sp="cw"), headers, b"x"), 201)

    def test_times_order_and_surroundings_count(self):
        for changes in ({"se": "2020-01-01"}, {"st": "2099-01-01"}, {"se": "soon"}, {"sp": "wr"}, {"sv": ""}):
            self.refused(self.by_sas("GET", "/ccc/k", self.sas(**changes)), 403, "AuthenticationFailed")
        self.refused(self.by_sas("GET", "/ccc/k", self.sas(spr="https")), 403, "AuthorizationProtocolMismatch")
        self.refused(self.by_sas("GET", "/ccc/k", self.sas(sip="10.0.0.1")), 403, "AuthorizationSourceIPMismatch")
        self.ok(self.by_sas("GET", "/ccc/k", self.sas(sip="127.0.0.0-127.0.0.9", spr="https,http")))
        changed = [(name, "rw" if name == "sp" else value) for name, value in self.sas()]
        self.refused(self.by_sas("GET", "/ccc/k", changed), 403, "AuthenticationFailed")

    def test_replies_have_the_headers_that_they_name(self):
        reply = self.ok(self.by_sas("GET", "/ccc/k", self.sas(rscd="attachment", rsct="x/y")))
        self.assertEqual((reply.headers["content-disposition"], reply.headers["content-type"]), ("attachment", "x/y"))
        head = self.ok(self.by_sas("HEAD", "/ccc/k", self.sas(rscd="attachment")))
        self.assertEqual(head.headers["content-disposition"], "attachment")

    def test_a_version_is_removed_by_a_letter_of_its_own(self):
        for sp, more in (("d", [("versionid", "v")]), ("x", [])):
            self.refused(self.by_sas("DELETE", "/ccc/k", [*self.sas(sp=sp), *more]), 403,
                         "AuthorizationPermissionMismatch")
        self.ok(self.by_sas("DELETE", "/ccc/k", self.sas(sp="d")), 202)

    def _lent(self, start="2026-01-01T00:00:00Z", expiry=None, ask=None):
        body = f"<KeyInfo><Start>{start}</Start><Expiry>{expiry}</Expiry></KeyInfo>".encode()
        query = [("restype", "service"), ("comp", "userdelegationkey")]
        return (ask or self.by_token)("POST", "/", query, body=body)

    def test_users_are_lent_keys(self):
        now = self.service.verifier.now()
        times = [time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now + offset)) for offset in (-60, 3600, 8 * 86400)]
        lent = self.ok(self._lent(times[0], times[1]))
        self.assertTrue(lent.body.startswith(b"\xef\xbb\xbf<?xml"))
        delegated = {"skoid": lent.text("SignedOid"), "sktid": lent.text("SignedTid"), "skt": lent.text("SignedStart"),
                     "ske": lent.text("SignedExpiry"), "sks": "b", "skv": lent.text("SignedVersion")}
        key = base64.b64decode(lent.text("Value"))
        self.ok(self.by_sas("GET", "/ccc/k", self.sas(key=key, **delegated)))
        self.refused(self.by_sas("GET", "/ccc/k", self.sas(key=KEY, **delegated)), 403, "AuthenticationFailed")
        self.refused(self._lent(times[0], times[2]), 400, "OutOfRangeInput")
        self.refused(self._lent("now", times[1]), 400, "InvalidXmlDocument")
        self.refused(self._lent(times[0], times[1], self.ask), 403, "AuthenticationFailed")
        self.control("clock", {"seconds": 4000})
        self.refused(self.by_sas("GET", "/ccc/k", self.sas(key=key, **delegated)), 403, "AuthenticationFailed")


class Tokens(WithServer):
    def test_the_version_is_repeated(self):
        reply = self.by_token("GET", "/ccc", [("restype", "container")], token=TOKEN)
        self.assertEqual(self.ok(reply).headers["x-ms-version"], VERSION)
