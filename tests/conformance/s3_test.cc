#include "aws/s3/store_driver.h"
#include "support/full.h"
#include "support/hostile_metadata.h"
#include "support/moto_deviations.h"
#include "support/remote_harness.h"
#include "support/s3_servers.h"

#include <algorithm>

using namespace cloudkit;

// The S3 backend against real servers.
namespace {

using testing::Deviations;

struct Server {
  std::string name;
  std::string variable;  // CLOUDKIT_TEST_<variable>_URL, _KEY and _SECRET.
  aws::S3Server kind;
  std::string storage_class;
  Deviations known_deviations;
  Deviations occasional_deviations;
};

const Server kRadosgw = {
    "radosgw",
    "RADOSGW",
    aws::S3Server::ceph,
    "",
    {
        {"metadata_names_keep_underscores", "Ceph 16.2 makes '-' of '_' in metadata names"},
    },
    {},
};

// Of the servers that have ListObjects only, none is free; radosgw has both.
const Server kByMarker = {
    "radosgw, listed by marker",
    "RADOSGW",
    aws::S3Server::cos,
    "",
    {
        {"metadata_names_keep_underscores", "Ceph 16.2 makes '-' of '_' in metadata names"},
        {"set_metadata_keeps_the_tags",
         "Ceph 16.2 drops them with other metadata: https://github.com/ceph/ceph/pull/70051"},
        {"tags_of_a_put_in_parts",
         "Ceph stores them so that nobody can read them: https://tracker.ceph.com/issues/53016"},
    },
    {},
};

const Server kMoto = {
    "moto", "MOTO", aws::S3Server::generic, "STANDARD_IA", test::kMotoDeviations, test::kOccasionalMotoDeviations,
};

// It keeps all that AWS documents, so everything must hold.
const Server kFake = {"the strict fake of S3", "FAKE", aws::S3Server::aws, "STANDARD_IA", {}, {}};

testing::ObjectStoreHarness harness_for(const Server& server, const aws::S3Options& options) {
  auto transport = std::make_shared<test::CountingTransport>();
  aws::s3::ClientParts parts;
  parts.transport = transport;
  const ObjectStore store(
      std::make_shared<aws::s3::S3StoreDriver>(std::make_shared<aws::s3::S3Client>(options, parts)));

  auto harness = test::remote_harness(server.name, store, transport);
  harness.storage_class = server.storage_class;
  harness.reduced = server.kind != aws::S3Server::ceph;  // The others are programs in Python; once is enough.
  harness.known_deviations = server.known_deviations;
  harness.occasional_deviations = server.occasional_deviations;
  return harness;
}

void run_against(const Server& server, bool below_a_prefix) {
  const auto options = test::options_of_server(server.variable, server.kind);
  if (!options) return;
  test::run_object_store_suite(harness_for(server, *options), below_a_prefix);
}

// Signed, sent and read back: row by row, with each verdict printed.
void send_hostile_metadata(const Server& server, const Deviations& deviations) {
  const auto options = test::options_of_server(server.variable, server.kind);
  if (!options) return;
  const Bucket bucket = harness_for(server, *options).make_bucket().value();
  for (const HostileMetadata& row : hostile_metadata()) {
    const auto put = bucket.put("hostile-metadata", "v", {.metadata = {{row.name, row.value}}});
    if (!row.accepted) {
      CHECK_MESSAGE(put.error().code == ErrorCode::invalid_argument, server.name, ": ", row.label);
      continue;
    }
    const Metadata expected = {{row.name == "A" ? "a" : row.name, row.value}};
    const bool kept = put && bucket.head("hostile-metadata").value().metadata == expected;
    const auto known = std::find_if(deviations.begin(), deviations.end(),
                                    [&](const auto& deviation) { return deviation.first == row.label; });
    if (kept || known == deviations.end()) {
      std::printf("%s: metadata, %s: %s\n", server.name.c_str(), row.label.c_str(),
                  kept  ? "kept"
                  : put ? "changed"
                        : put.error().to_string().c_str());
    } else {
      std::printf("skipped: %s: metadata, %s: %s\n", server.name.c_str(), row.label.c_str(), known->second.c_str());
    }
    CHECK_MESSAGE(kept == (known == deviations.end()), server.name, ": ", row.label);
  }
  CHECK(bucket.remove("hostile-metadata"));
}

}  // namespace

TEST_CASE("S3 against radosgw") { run_against(kRadosgw, false); }
TEST_CASE("S3 against radosgw, below a prefix") { run_against(kRadosgw, true); }
TEST_CASE("S3 against radosgw, listed by marker") { run_against(kByMarker, false); }
TEST_CASE("hostile metadata against radosgw") {
  send_hostile_metadata(kRadosgw, {{"value 9", "Ceph 16.2 signs a tab as it is, where AWS's own clients sign a blank"},
                                   {"name 3", "Ceph 16.2 makes '-' of '_' in metadata names"},
                                   {"name 11", "Ceph 16.2 answers a name of 300 bytes with 500 UnknownError"}});
}
TEST_CASE("hostile metadata against moto") { send_hostile_metadata(kMoto, {}); }
TEST_CASE("S3 against moto") { run_against(kMoto, false); }
// The other two say the same sooner.
TEST_CASE("S3 against moto, below a prefix") {
  if (test::is_full_check()) run_against(kMoto, true);
}
TEST_CASE("hostile metadata against the strict fake") { send_hostile_metadata(kFake, {}); }
TEST_CASE("S3 against the strict fake") { run_against(kFake, false); }
TEST_CASE("S3 against the strict fake, below a prefix") { run_against(kFake, true); }

TEST_CASE("objects through an access point, by its ARN, against the strict fake") {
  auto options = test::options_of_server("FAKE", aws::S3Server::aws);
  if (!options) return;
  // Where the fake takes what stands before a host. https://www.rfc-editor.org/rfc/rfc6761#section-6.3
  options->endpoint.replace(options->endpoint.find("127.0.0.1"), 9, "s3.localhost");
  options->server = aws::S3Server::generic;
  options->addressing = aws::Addressing::virtual_host;
  options->allow_http = true;
  const ObjectStore store = aws::make_s3_store(*options).value();
  REQUIRE(store.create_bucket("mine-123456789012"));
  const Bucket bucket = store.bucket("arn:aws:s3:us-east-1:123456789012:accesspoint/mine").value();
  CHECK(store.bucket_exists("arn:aws:s3:us-east-1:123456789012:accesspoint/mine").value());
  bucket.put("2026/a b.txt", "hello").value();
  CHECK(bucket.copy("2026/a b.txt", "2026/c.txt").value().size == 5);
  CHECK(bucket.get("2026/c.txt").value().data == "hello");
  CHECK(bucket.put("large", std::string(6 << 20, 'x'), {.transfer = {.part_size = 5 << 20}}).value().size == 6 << 20);
  CHECK(curl_fetch("GET", bucket.presign("2026/c.txt").value(), {}, "").value().body == "hello");
  CHECK(bucket.list_all().value().size() == 3);
  CHECK(bucket.remove_all("").removed == 3);
  CHECK(store.delete_bucket("mine-123456789012"));
}
