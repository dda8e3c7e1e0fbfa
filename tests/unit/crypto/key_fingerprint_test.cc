#include "crypto/key_fingerprint.h"

#include <doctest/doctest.h>

using cloudkit::crypto::key_fingerprint;

TEST_CASE("a key's fingerprint is that of ssh-keygen -l") {
  // Its private half was thrown away.
  const std::string key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOen5ee9PC9pql8ezbxgJ0vWXpymsAz4/lFQAgknq3D/";
  const std::string fingerprint = "SHA256:pG25TM3aFkeysqgB052nxRvBAiPcB91O8U+nArJxex0";
  CHECK(key_fingerprint(key) == fingerprint);
  CHECK(key_fingerprint(key + " one@conformance\n") == fingerprint);
  CHECK(key_fingerprint("  " + key + " two words ") == fingerprint);
}

TEST_CASE("what holds no key has no fingerprint") {
  for (const char* text : {"", " ", "ssh-ed25519", "ssh-ed25519 ", "ssh-ed25519 not*base64 x"}) {
    CAPTURE(text);
    CHECK_FALSE(key_fingerprint(text).has_value());
  }
}
