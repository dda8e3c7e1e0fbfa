#include "compute/keys.h"

#include "support.h"

#include <doctest/doctest.h>

using namespace cloudkit;
using namespace cloudkit::test;

namespace {

// Made by ssh-keygen; the fingerprints by it, and by openssl: `openssl pkey -pubout -outform DER | openssl md5 -c`.
constexpr const char* kEd25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOen5ee9PC9pql8ezbxgJ0vWXpymsAz4/lFQAgknq3D/ one";
constexpr const char* kEd25519Sha256 = "pG25TM3aFkeysqgB052nxRvBAiPcB91O8U+nArJxex0";
constexpr const char* kRsa =
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCfQLJcHnDDPsGyxNi4FN3qQSPlSPg0syCvDriN+HXFSuyyVLf36YDaHINWcsu8NLZyaoSI"
    "c7saxHA/vii6dVqKcku+izgtgh0HwMxFzkLjoUdw6CZr9+9Lc5MzaSqV+h9TQPYqA+eoYzWZdU3Z3d770ukrBwVfTZHTccoKQNUd"
    "hAE+IZzLGFbqfERaWU9LsvwSqBRSAdBOI5OOpKVvsASpkTAWIF0giKPvcZQcsd47573MTEzDk14pwvMEv6UQqnSIvENxv22SaMZM"
    "9dE2UW1hzdEfdgJVEMIuV84AlIy6ms7PaHVkEg7M3y7widYjZAq1nS/0Unhpbv9QDtAA458R rsa";
constexpr const char* kRsaSha256 = "jRa4sfynaK3qrhVxu/U1m9mbbdYDFa6nWxF3IYT9nIo";
constexpr const char* kRsaMd5 = "c2:d3:e2:e0:42:16:63:6a:4d:4f:0f:7f:f2:c8:26:69";
constexpr const char* kRsaMd5OfAws = "89:c0:33:21:f2:fd:ed:5f:28:c1:37:b4:a9:75:66:fb";

KeyPair pair(std::string fingerprint) { return {"mine", "key-1", std::move(fingerprint)}; }

std::string problem(std::string_view line) {
  const auto key = compute::parse_public_key(line);
  return key ? "none" : key.error().message;
}

}  // namespace

TEST_CASE("a public key is a line of a .pub file") {
  CHECK(compute::parse_public_key(kEd25519).value().type == "ssh-ed25519");
  CHECK(compute::parse_public_key(kEd25519).value().blob.size() == 51);
  CHECK(problem(kRsa) == "none");
  CHECK(problem(std::string("  ") + kEd25519 + "\n") == "none");
  CHECK(problem("-----BEGIN OPENSSH PRIVATE KEY-----\nabc") == "that is no public key: it is a private one");
  CHECK(problem(std::string(kEd25519) + "\n" + kRsa) == "that is no public key: it has several lines");
  CHECK(problem("ssh-ed25519") == "that is no public key: nothing follows its type");
  CHECK(problem("ssh-ed25519 !!!") == "that is no public key: what follows its type is not base64");
  CHECK(problem("ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIOen5ee9PC9pql8ezbxgJ0vWXpymsAz4/lFQAgknq3D/") ==
        "that is no public key: its type is another than it says");
  CHECK(problem("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5") == "that is no public key: its type is another than it says");
  CHECK(problem("ssh-ed25519 AAAA") == "that is no public key: its type is another than it says");
  CHECK(problem("ssh-ed25519 /////3NzaC1lZDI1NTE5") == "that is no public key: its type is another than it says");
  CHECK(problem("").find("it does not begin with one of ssh-ed25519, ssh-rsa") != std::string::npos);
  CHECK(problem("a-secret-by-mistake").find("a-secret") == std::string::npos);
}

TEST_CASE("fingerprints of every usual form are told apart, and others tell nothing") {
  const auto ed25519 = compute::parse_public_key(kEd25519).value();
  const auto rsa = compute::parse_public_key(kRsa).value();
  CHECK(compute::has_fingerprint(ed25519, kEd25519Sha256) == true);
  CHECK(compute::has_fingerprint(ed25519, std::string(kEd25519Sha256) + "=") == true);  // As AWS writes it.
  CHECK(compute::has_fingerprint(ed25519, std::string("SHA256:") + kEd25519Sha256) == true);
  CHECK(compute::has_fingerprint(ed25519, kRsaSha256) == false);
  CHECK(compute::has_fingerprint(rsa, kRsaSha256) == true);
  CHECK(compute::has_fingerprint(rsa, kRsaMd5) == true);
  CHECK(compute::has_fingerprint(rsa, std::string("MD5:") + kRsaMd5) == true);
  CHECK(compute::has_fingerprint(rsa, kRsaMd5OfAws) == true);
  CHECK(compute::has_fingerprint(ed25519, kRsaMd5OfAws) == false);
  CHECK(compute::has_fingerprint(rsa, "00:c0:33:21:f2:fd:ed:5f:28:c1:37:b4:a9:75:66:fb") == false);
  CHECK(compute::has_fingerprint(rsa, "") == std::nullopt);
  // Of a key that AWS made: SHA-1 of its private half.
  CHECK(compute::has_fingerprint(rsa, "1f:51:ae:28:bf:89:e9:d8:1f:25:5d:37:2d:7d:b8:ca:9f:f5:f1:6f") == std::nullopt);
}

TEST_CASE("a key that is there is the same one, or a conflict where the backend can tell") {
  ScriptedHandle handle;
  handle.driver->key_lists << std::vector<KeyPair>{{"other", "key-0", ""}, pair(kEd25519Sha256)};
  CHECK(handle.compute.ensure_key("mine", kEd25519).value().id == "key-1");
  const auto other = handle.compute.ensure_key("mine", kRsa);
  CHECK(code_of(other) == "conflict");
  CHECK(other.error().message.find(kEd25519Sha256) != std::string::npos);
  CHECK(handle.calls() == Calls{"list_keys", "list_keys"});
  handle.driver->key_lists = {};
  handle.driver->key_lists << std::vector<KeyPair>{pair("")};
  CHECK(handle.compute.ensure_key("mine", kRsa));
}

TEST_CASE("a key that is missing is imported, or was by somebody else meanwhile") {
  ScriptedHandle handle;
  handle.driver->key_lists << std::vector<KeyPair>{} << std::vector<KeyPair>{} << std::vector<KeyPair>{}
                           << std::vector<KeyPair>{pair(kRsaSha256)};
  handle.driver->imports << pair(kEd25519Sha256) << Error(ErrorCode::already_exists, "it exists");
  CHECK(handle.compute.ensure_key("mine", kEd25519).value().id == "key-1");
  CHECK(handle.calls() == Calls{"list_keys", "import_key mine"});
  CHECK(code_of(handle.compute.ensure_key("mine", kEd25519)) == "conflict");
  handle.driver->calls.clear();
  CHECK(code_of(handle.compute.ensure_key("Mine", kEd25519)) == "invalid_argument");
  CHECK(code_of(handle.compute.ensure_key("mine", "nonsense")) == "invalid_argument");
  CHECK(handle.calls().empty());
}
