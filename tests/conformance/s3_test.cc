#include "aws/s3/store_driver.h"
#include "support/conformance.h"
#include "support/curl_fetch.h"

#include <atomic>
#include <cstdlib>

using namespace cloudkit;

// The S3 backend against real servers, which tests/servers/start starts. A server that is not
// there is skipped, but not in CI.
namespace {

using Deviations = std::vector<std::pair<std::string, std::string>>;

struct Server {
  std::string name;
  std::string variable;  // CLOUDKIT_TEST_<variable>_URL, _KEY and _SECRET.
  aws::S3Server kind;
  std::string storage_class;
  Deviations known_deviations;
};

const Server kRadosgw = {
    "radosgw",
    "RADOSGW",
    aws::S3Server::ceph,
    "",
    {
        {"metadata_names_keep_underscores", "Ceph 16.2 makes '-' of '_' in metadata names"},
        {"cas_counter_8x25_increments", "Ceph 16.2 answers a put that lost a race with 500 UnknownError"},
    },
};

// Of the servers that have ListObjects only, none is free; radosgw has both.
const Server kByMarker = {
    "radosgw, listed by marker",
    "RADOSGW",
    aws::S3Server::cos,
    "",
    {{"metadata_names_keep_underscores", "Ceph 16.2 makes '-' of '_' in metadata names"}},
};

const Server kMoto = {
    "moto",
    "MOTO",
    aws::S3Server::generic,
    "STANDARD_IA",
    {
        {"metadata_names_keep_underscores", "moto 5.2 loses one of two names that differ in '_' and '-'"},
        {"keys_control_characters", "moto 5.2 has no route for a key with a line break"},
        {"presign_expires", "moto 5.2 checks no signature"},
        {"presign_wrong_method_refused", "moto 5.2 checks no signature"},
        {"presign_other_key_refused", "moto 5.2 checks no signature"},
        {"presign_signed_content_type_enforced", "moto 5.2 checks no signature"},
    },
};

std::string environment(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  return value == nullptr ? "" : value;
}

class CountingTransport final : public http::Transport {
 public:
  http::Exchange send(const http::Request& request, http::BodyReceiver* receiver, const Context& context) override {
    ++count;
    return inner_->send(request, receiver, context);
  }
  std::atomic<long> count{0};

 private:
  const std::shared_ptr<http::Transport> inner_ = http::make_curl_transport();
};

testing::ObjectStoreHarness harness_for(const Server& server, const std::string& url) {
  aws::S3Options options;
  options.region = "us-east-1";
  options.endpoint = url;
  options.server = server.kind;
  options.addressing = aws::Addressing::path;
  options.credentials = aws::explicit_credentials({environment("CLOUDKIT_TEST_" + server.variable + "_KEY"),
                                                   environment("CLOUDKIT_TEST_" + server.variable + "_SECRET")});
  auto transport = std::make_shared<CountingTransport>();
  aws::s3::ClientParts parts;
  parts.transport = transport;
  const ObjectStore store(
      std::make_shared<aws::s3::S3StoreDriver>(std::make_shared<aws::s3::S3Client>(options, parts)));

  testing::ObjectStoreHarness harness;
  harness.name = server.name;
  harness.make_store = [=]() -> Result<ObjectStore> { return store; };
  harness.make_bucket = [=]() -> Result<Bucket> {
    auto made = store.create_bucket("ck-conformance");
    if (!made && made.error().code == ErrorCode::already_exists) return store.bucket("ck-conformance");
    return made;
  };
  harness.missing_bucket = [=] { return store.bucket("ck-conformance-missing"); };
  harness.request_count = [=] { return transport->count.load(); };
  harness.http_fetch = curl_fetch;
  harness.storage_class = server.storage_class;
  harness.reduced = server.kind != aws::S3Server::ceph;  // moto is a program in Python; once is enough for radosgw.
  harness.known_deviations = server.known_deviations;
  return harness;
}

void run_against(const Server& server, bool below_a_prefix) {
  const std::string url = environment("CLOUDKIT_TEST_" + server.variable + "_URL");
  if (url.empty()) {
    std::printf("skipped: %s: CLOUDKIT_TEST_%s_URL is not set\n", server.name.c_str(), server.variable.c_str());
    CHECK_MESSAGE(environment("CI") != "true", "CI must have this server");
    return;
  }
  const testing::ObjectStoreHarness harness = harness_for(server, url);
  run_object_store_suite(below_a_prefix ? testing::below_prefix(harness) : harness);
}

}  // namespace

TEST_CASE("S3 against radosgw") { run_against(kRadosgw, false); }
TEST_CASE("S3 against radosgw, below a prefix") { run_against(kRadosgw, true); }
TEST_CASE("S3 against radosgw, listed by marker") { run_against(kByMarker, false); }
TEST_CASE("S3 against moto") { run_against(kMoto, false); }
TEST_CASE("S3 against moto, below a prefix") { run_against(kMoto, true); }
