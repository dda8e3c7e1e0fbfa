#include "azure/blob/client.h"
#include "azure/blob/store_driver.h"
#include "support/azure_servers.h"
#include "support/remote_harness.h"

#include <cstdlib>

using namespace cloudkit;

// The Azure backend against real servers.
namespace {

using testing::Deviations;

struct Server {
  std::string name;
  std::string variable;  // CLOUDKIT_TEST_<variable>_URL and _KEY.
  Deviations known_deviations;
  Deviations occasional_deviations;
};

// By the order in which parts and commits arrive.
const Deviations kOfAzureByChance = {
    {"two_writers_same_key_last_complete_wins", "whoever writes a blob first discards the blocks of others"},
};

Deviations with(Deviations deviations, const Deviations& more) {
  deviations.insert(deviations.end(), more.begin(), more.end());
  return deviations;
}

// Azure keeps versions of all blobs of an account, or of none.
constexpr const char* kNoVersions = "the account keeps no versions";
const Deviations kUnversioned = {
    {"versions_list_get_delete_undelete", kNoVersions},
    {"undelete_through_several_markers", kNoVersions},
    {"versions_come_once_across_pages", kNoVersions},
    {"versions_presigned", kNoVersions},
};

const Server kAzurite = {
    "Azurite",
    "AZURITE",
    with(kUnversioned,
         {
             {"list_other_delimiters", "Azurite 3.35 takes the first character of a delimiter"},
             {"tags_roundtrip", "Azurite 3.35 answers a tag without a value with an empty 400"},
             {"storage_class_kept_or_refused",
              "Azurite 3.35 says of the tier that a copy was given that it is inferred"},
         }),
    kOfAzureByChance,
};

// Written from Microsoft's pages: what holds here should hold there.
const Server kFake = {"the strict fake of Azure", "FAKEAZURE", kUnversioned, kOfAzureByChance};
const Server kVersionedFake = {
    "the strict fake of Azure, versioned",
    "FAKEAZURE_VERSIONED",
    {
        {"versions_of_an_unversioned_bucket", "the account keeps versions"},
        {"bucket_create_list_delete", "the versions of what was removed are left"},
        {"bucket_delete_not_empty", "the versions of what was removed are left"},
    },
    kOfAzureByChance,
};

testing::ObjectStoreHarness harness_for(const Server& server, const azure::BlobOptions& options) {
  auto transport = std::make_shared<test::CountingTransport>();
  auth::Surroundings surroundings = auth::default_surroundings({});
  surroundings.transport = transport;
  const ObjectStore store(std::make_shared<azure::blob::BlobStoreDriver>(
      std::make_shared<azure::blob::BlobClient>(options, std::move(surroundings))));

  auto harness = test::remote_harness(server.name, store, transport);
  harness.versions_of_account = true;
  harness.three_part_requests = 4;  // Blocks need no begin.
  // Who puts to a presigned URL has to say what kind of blob it is: docs/guide/azure.md.
  harness.http_fetch = [](const std::string& method, const std::string& url, testing::FetchHeaders headers,
                          const std::string& body) {
    if (method == "PUT") headers.emplace_back("x-ms-blob-type", "BlockBlob");
    return curl_fetch(method, url, headers, body);
  };
  harness.storage_class = "Cool";
  harness.reduced = true;  // A program in JavaScript; once is enough.
  harness.known_deviations = server.known_deviations;
  harness.occasional_deviations = server.occasional_deviations;
  return harness;
}

void run_against(const Server& server, bool below_a_prefix) {
  const auto options = test::options_of_azure(server.variable);
  if (!options) return;
  test::run_object_store_suite(harness_for(server, *options), below_a_prefix);
}

}  // namespace

// Azure's own client reads what we wrote, and we read what it wrote.
TEST_CASE("Azure's own client as a referee") {
  const auto options = test::options_of_azure("AZURITE");
  const std::string client = test::azure_client("AZURITE");
  if (!options || client.empty()) return;
  const ObjectStore store = harness_for(kAzurite, *options).make_store().value();
  const std::string name = "ck-referee";
  (void)store.create_bucket(name);
  const Bucket bucket = store.bucket(name).value();
  REQUIRE(bucket.remove_all("").status());
  PutOptions put;
  put.content = {.type = "text/x-test", .cache_control = "no-cache"};
  put.metadata = {{"owner", "ada"}};
  REQUIRE(bucket.put("d/weird +%2F\xC3\xA4", "by cloudkit", put));
  PutOptions in_parts;
  in_parts.transfer.part_size = std::uint64_t{5} << 20;
  REQUIRE(bucket.put("large", std::string(std::size_t{12} << 20, 'x'), in_parts));

  const std::string command = client + " '" + options->endpoint + "' '" + options->account_key + "' " + name;
  REQUIRE(std::system(command.c_str()) == 0);

  const Object whole = bucket.get("python d/weird +%2F\xC3\xA4").value();
  CHECK(whole.data == "by Azure's client");
  CHECK(whole.info.metadata == Metadata{{"owner", "grace"}});
  CHECK(whole.info.content.type == "text/x-python");
  CHECK(whole.info.content.language == "de");
  CHECK(bucket.get("python blocks").value().data ==
        std::string(1000, 'a') + std::string(1000, 'b') + std::string(1000, 'c'));
  CHECK(bucket.list_all().value().size() == 4);
  CHECK(bucket.remove_all("").status());
  CHECK(store.delete_bucket(name));
}

// Not every backend promises that; Azure's service alone would lose them.
TEST_CASE("Azure against the strict fake: tags belong to a version, and go along with copies") {
  const auto options = test::options_of_azure(kVersionedFake.variable);
  if (!options) return;
  const ObjectStore store = harness_for(kVersionedFake, *options).make_store().value();
  (void)store.create_bucket("ck-tags");
  const Bucket bucket = store.bucket("ck-tags").value();
  const std::string first = bucket.put("k", "1").value().version_id;
  const Tags tags = {{"Two Words", "a=b"}, {"x", ""}};
  REQUIRE(bucket.set_tags("k", tags));
  REQUIRE(bucket.put("k", "2"));
  CHECK(bucket.get_tags("k").value().empty());
  CHECK(bucket.get_tags("k", {.version_id = first}).value() == tags);
  REQUIRE(bucket.set_tags("k", {{"y", "1"}}, {.version_id = first}));
  CHECK(bucket.get_tags("k").value().empty());
  CHECK(bucket.get_tags("k", {.version_id = first}).value() == Tags{{"y", "1"}});

  REQUIRE(bucket.set_tags("k", tags));
  REQUIRE(bucket.copy("k", "copy"));
  CHECK(bucket.get_tags("copy").value() == tags);
  REQUIRE(bucket.remove("k"));
  REQUIRE(bucket.undelete("k"));
  CHECK(bucket.get("k").value().data == "2");
  CHECK(bucket.get_tags("k").value() == tags);
}

TEST_CASE("Azure against the strict fake") { run_against(kFake, false); }
TEST_CASE("Azure against the strict fake, whose account keeps versions") {
  const auto options = test::options_of_azure(kVersionedFake.variable);
  if (!options) return;
  std::vector<std::string> cases;
  for (const std::string& name : testing::object_store_cases()) {
    const auto is_about = [&](std::string_view what) { return name.find(what) != std::string::npos; };
    const bool matters = is_about("version") || is_about("undelete") || is_about("remove") || is_about("copy") ||
                         is_about("metadata") || is_about("list_") || is_about("bucket_delete");
    if (matters) cases.push_back(name);
  }
  run_suite(cases, harness_for(kVersionedFake, *options));
}
TEST_CASE("Azure against the strict fake, below a prefix") { run_against(kFake, true); }
// Below a prefix it would say nothing that the fake does not say sooner.
TEST_CASE("Azure against Azurite") { run_against(kAzurite, false); }
