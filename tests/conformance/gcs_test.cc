#include "gcp/gcs/store_driver.h"
#include "support/gcs_servers.h"
#include "support/remote_harness.h"

#include <cloudkit/probe.h>

#include <chrono>
#include <cstdlib>
#include <mutex>
#include <set>

using namespace cloudkit;

// The backend of Google Cloud Storage against servers.
namespace {

using Deviations = std::vector<std::pair<std::string, std::string>>;

struct Server {
  std::string name;
  std::string variable;  // CLOUDKIT_TEST_<variable>_URL and _TOKEN.
  Deviations known_deviations;
};

// It keeps all that Google documents, so everything must hold.
const Server kFake = {"the strict fake of Cloud Storage", "GCS", {}};

// The same on a bad day: of each chunk it keeps a part at first, and it refuses each second write of an object once.
const Server kMean = {"the strict fake, mean", "GCS_MEAN", {}};

// Written by others, from the same pages: what differs is theirs, as far as issues and Google's pages tell.
const Server kFakeGcsServer = {
    "fake-gcs-server",
    "FAKEGCSSERVER",
    {
        {"get_missing_bucket", "it says \"Not Found\" of buckets and objects: fsouza/fake-gcs-server#2347"},
        {"empty_object_head_get_range",
         "it answers a suffix of no bytes with \"bytes 0--1/0\"; Google says 416: "
         "googleapis/google-cloud-go#242"},
        {"list_other_delimiters",
         "it takes the first character of a delimiter; Google takes any text: "
         "https://cloud.google.com/storage/docs/json_api/v1/objects/list"},
        {"range_start_past_end", "it sends all for a range beyond 2^63, with 200"},
        {"get_if_none_match_current", "it knows no conditions of reads: fsouza/fake-gcs-server#299"},
        {"get_if_changed_tells", "it knows no conditions of reads: fsouza/fake-gcs-server#299"},
        {"conditional_remove", "it knows no conditions of removals: fsouza/fake-gcs-server#1282"},
        {"storage_class_kept_or_refused", "its rewrite takes no storage class"},
        {"copy_replace_metadata", "its rewrite keeps what the new attributes do not name"},
        {"copy_absent_condition", "it knows no conditions of copies: fsouza/fake-gcs-server#909"},
        {"race_of_copies_exactly_one_winner", "it knows no conditions of copies: fsouza/fake-gcs-server#909"},
        {"condition_absent_with_parts", "its sessions know no conditions: fsouza/fake-gcs-server#299"},
        {"condition_match_with_parts", "its sessions know no conditions: fsouza/fake-gcs-server#299"},
        {"writer_conditions", "its sessions know no conditions: fsouza/fake-gcs-server#299"},
        {"writer_condition_is_decided_at_the_end", "its sessions know no conditions: fsouza/fake-gcs-server#299"},
        {"resume_from_journal_skips_done_parts",
         "it is a byte off with what a session has: fsouza/fake-gcs-server#2354"},
        {"set_metadata_replaces", "metadata set to null stay, empty: fsouza/fake-gcs-server#1468"},
        {"versions_list_get_delete_undelete", "it deletes a bucket that still has versions"},
        {"bucket_delete_not_empty",
         "it answers 412; Google answers 409: "
         "https://cloud.google.com/storage/docs/json_api/v1/status-codes"},
    },
};

// Sessions cannot be listed: which are under way is seen by who begins and ends them.
class Sessions {
 public:
  void see(const http::Request& request, const http::Exchange& exchange) {
    const int status = exchange.response.status;
    const std::string location(exchange.response.headers.get("location"));
    const std::scoped_lock lock(mutex_);
    if (status == 200 && !location.empty()) open_.insert(id_in(location));
    const bool ends = (request.method == http::Method::put && status == 200) || status == 499;
    if (ends) open_.erase(id_in(http::encode_target(request)));
  }
  std::size_t count() {
    const std::scoped_lock lock(mutex_);
    return open_.size();
  }

 private:
  static std::string id_in(const std::string& url) {
    const std::size_t at = url.find("upload_id=");
    return at == std::string::npos ? std::string() : url.substr(at, url.find('&', at) - at);
  }

  std::mutex mutex_;
  std::set<std::string> open_;
};

testing::ObjectStoreHarness harness_for(const Server& server, const gcp::GcsOptions& options) {
  auto transport = std::make_shared<test::CountingTransport>();
  auto sessions = std::make_shared<Sessions>();
  transport->seen = [=](const http::Request& request, const http::Exchange& exchange) {
    sessions->see(request, exchange);
  };
  auth::Surroundings surroundings = auth::default_surroundings({});
  surroundings.transport = transport;
  const ObjectStore store(
      std::make_shared<gcp::gcs::GcsStoreDriver>(std::make_shared<gcp::gcs::GcsClient>(options, surroundings)));

  auto harness = test::remote_harness(server.name, store, transport);
  harness.three_part_requests = 4;  // The last byte goes with the end.
  harness.open_uploads = [=] { return sessions->count(); };
  harness.storage_class = "NEARLINE";
  harness.reduced = true;  // It is a program in Python.
  harness.known_deviations = server.known_deviations;
  return harness;
}

void run_against(const Server& server, bool below_a_prefix) {
  const auto options = test::options_of_gcs_server(server.variable);
  if (!options) return;
  test::run_object_store_suite(harness_for(server, *options), below_a_prefix);
}

}  // namespace

// Google's own client reads what we wrote, and we read what it wrote.
TEST_CASE("Google's own client as a referee") {
  const auto options = test::options_of_gcs_server("GCS");
  const std::string client = test::gcs_client();
  if (!options || client.empty()) return;
  const ObjectStore store = harness_for(kFake, *options).make_store().value();
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

  const std::string account = std::getenv("CLOUDKIT_TEST_GCS_ACCOUNT");
  const std::string command = client + " '" + options->endpoint + "' '" + account + "' " + name;
  REQUIRE(std::system(command.c_str()) == 0);

  const Object whole = bucket.get("python d/weird +%2F\xC3\xA4").value();
  CHECK(whole.data == "by Google's client");
  CHECK(whole.info.metadata == Metadata{{"owner", "grace"}});
  CHECK(whole.info.content.type == "text/x-python");
  CHECK(whole.info.content.language == "de");
  constexpr std::size_t kUnit = std::size_t{256} << 10;
  CHECK(bucket.get("python parts").value().data ==
        std::string(kUnit, 'a') + std::string(kUnit, 'b') + std::string(kUnit, 'c'));
  CHECK(bucket.list_all().value().size() == 4);
  CHECK(bucket.remove_all("").status());
  CHECK(store.delete_bucket(name));
}

TEST_CASE("a probe finds kept what the driver promises, conditions of sessions too") {
  const auto options = test::options_of_gcs_server("GCS");
  if (!options) return;
  const Bucket bucket = harness_for(kFake, *options).make_bucket().value();
  const ProbeReport report = bucket.probe().value();
  CHECK(report.keeps_promises());
  CHECK(report.find("upload if absent")->answer == Answer::honoured);
  CHECK(report.find("upload if match")->answer == Answer::honoured);
  CHECK(report.find("versions")->text == "the bucket keeps none");
  CHECK(report.left_behind.empty());
}

TEST_CASE("GCS against the strict fake") { run_against(kFake, false); }
TEST_CASE("GCS against a fake that keeps less than it gets") {
  auto options = test::options_of_gcs_server(kMean.variable);
  if (!options) return;
  options->retry.base_delay = options->retry.throttled_base_delay = std::chrono::milliseconds(1);
  std::vector<std::string> cases;
  for (const std::string& name : testing::object_store_cases()) {
    const auto is_about = [&](std::string_view what) { return name.find(what) != std::string::npos; };
    const bool matters = is_about("part") || is_about("writer") || is_about("resume") || is_about("copy") ||
                         is_about("undelete") || is_about("metadata") || is_about("match") || is_about("absent");
    // Each of who race is refused once, and may give up before it is its turn.
    if (matters && !is_about("budget") && !is_about("race")) cases.push_back(name);
  }
  run_suite(cases, harness_for(kMean, *options));
}
TEST_CASE("GCS against the strict fake, below a prefix") { run_against(kFake, true); }
// Below a prefix it would say nothing that the fake does not say sooner.
TEST_CASE("GCS against fake-gcs-server") { run_against(kFakeGcsServer, false); }
