// The suite on real servers through a proxy that breaks connections now and then: retries, resumes and settled
// ambiguity must make every case pass all the same.
#include "aws/s3/store_driver.h"
#include "faults/proxy.h"
#include "support/conformance.h"
#include "support/curl_fetch.h"
#include "support/emptied.h"
#include "support/full.h"
#include "support/moto_deviations.h"
#include "support/quiet_log.h"
#include "support/s3_servers.h"

#include <random>

using namespace cloudkit;
using namespace std::chrono_literals;
using faults::FaultProxy;
using faults::WireFault;

namespace {

using testing::Deviations;

// CLOUDKIT_TEST_SEED repeats a run, as far as threads allow.
unsigned seed_of_run() {
  static const unsigned seed = [] {
    const std::string given = test::environment("CLOUDKIT_TEST_SEED");
    const unsigned chosen = given.empty() ? std::random_device{}() : static_cast<unsigned>(std::stoul(given));
    std::printf("CLOUDKIT_TEST_SEED=%u\n", chosen);
    return chosen;
  }();
  return seed;
}

int total_hits = 0;

// One connection in four breaks at its first exchange, the others after a few more.
class RandomFaults {
 public:
  explicit RandomFaults(unsigned seed) : random_(seed) {}

  WireFault operator()() {
    using Action = WireFault::Action;
    WireFault fault;
    if (below(20) == 0) fault.latency = 1ms, fault.piece = 16 * 1024;
    if (below(4) != 0) {
      fault.action = Action::retire;
      fault.after = below(4000);
      return fault;
    }
    fault.action = below(2) == 0 ? Action::reset : Action::close;
    switch (below(5)) {
      case 0:  // Before the request is read.
        fault.direction = WireFault::Direction::to_server;
        fault.after = below(2) * below(400);
        break;
      case 1: fault.action = Action::busy; break;
      case 2: break;                              // After the request: it is done, its reply is lost.
      default: fault.after = below(3000); break;  // Within the reply, or just after it.
    }
    return fault;
  }

 private:
  std::uint64_t below(std::uint64_t limit) {
    return std::uniform_int_distribution<std::uint64_t>(0, limit - 1)(random_);
  }

  std::mt19937_64 random_;
};

// A plain client repeats nothing by itself.
Result<testing::FetchReply> fetch_again(const std::string& method, const std::string& url,
                                        const testing::FetchHeaders& headers, const std::string& body) {
  Result<testing::FetchReply> reply = curl_fetch(method, url, headers, body);
  for (int i = 0; i < 20 && (!reply || reply->status == 503); ++i) reply = curl_fetch(method, url, headers, body);
  return reply;
}

struct Server {
  std::string name;
  std::string variable;  // CLOUDKIT_TEST_<variable>_URL, _KEY and _SECRET.
  aws::S3Server kind;
  Deviations known_deviations;
  Deviations occasional_deviations = {};  // Without faults, too.
};

const Server kRadosgw = {"radosgw through faults",
                         "RADOSGW",
                         aws::S3Server::ceph,
                         {{"metadata_names_keep_underscores", "Ceph 16.2 makes '-' of '_' in metadata names"}}};

const Server kMoto = {"moto through faults", "MOTO", aws::S3Server::generic, test::kMotoDeviations,
                      test::kOccasionalMotoDeviations};

std::uint16_t port_in(const std::string& url) {
  return static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
}

// Does everything through faults but the making and deleting of buckets: they are not repeated, and no bucket says who
// made it, so that a reply that is lost there cannot be settled, and the error that says so is right.
class FaultyStore final : public ObjectStoreDriver {
 public:
  FaultyStore(const aws::S3Options& direct, const aws::S3Options& faulty)
      : direct_(open(direct)), faulty_(open(faulty)) {}

  std::string url() const override { return faulty_->url(); }
  Result<std::shared_ptr<BucketDriver>> bucket(std::string_view name) override { return faulty_->bucket(name); }
  Status create_bucket(std::string_view name, const CreateBucketOptions& options) override {
    return direct_->create_bucket(name, options);
  }
  Status delete_bucket(std::string_view name, const BucketOptions& options) override {
    return direct_->delete_bucket(name, options);
  }
  Result<bool> bucket_exists(std::string_view name, const BucketOptions& options) override {
    return faulty_->bucket_exists(name, options);
  }
  Result<BucketPage> list_buckets_page(std::string_view page_token, const BucketOptions& options) override {
    return faulty_->list_buckets_page(page_token, options);
  }

 private:
  static std::shared_ptr<ObjectStoreDriver> open(const aws::S3Options& options) {
    return std::make_shared<aws::s3::S3StoreDriver>(std::make_shared<aws::s3::S3Client>(options));
  }

  const std::shared_ptr<ObjectStoreDriver> direct_;
  const std::shared_ptr<ObjectStoreDriver> faulty_;
};

testing::ObjectStoreHarness harness_for(const Server& server, const ObjectStore& store, const ObjectStore& direct) {
  testing::ObjectStoreHarness harness;
  harness.name = server.name;
  harness.make_store = [=]() -> Result<ObjectStore> { return store; };
  harness.make_bucket = [=]() -> Result<Bucket> {
    auto made = store.create_bucket("ck-faults");
    if (made || made.error().code != ErrorCode::already_exists) return made;
    // What a case before this one could not remove is no failure of this one's.
    if (auto emptied = direct.bucket("ck-faults").and_then(test::emptied); !emptied) return emptied;
    return store.bucket("ck-faults");
  };
  harness.missing_bucket = [=] { return store.bucket("ck-faults-missing"); };
  harness.http_fetch = fetch_again;
  harness.reduced = true;
  harness.known_deviations = server.known_deviations;
  harness.occasional_deviations = {
      {"put_overwrite_is_atomic", "a read that is cut while its object is replaced cannot go on"},
      {"resume_from_journal_skips_done_parts", "an upload whose beginning's reply was lost stays"},
      {"writer_abandon_leaves_nothing", "an upload whose beginning's reply was lost stays"},
      {"writer_cancel_keeps_old_object", "an upload whose beginning's reply was lost stays"},
      {"abandoned_upload_is_listed_and_aborted", "an upload whose beginning's reply was lost is listed, too"},
      {"versions_list_get_delete_undelete", "a put that is repeated after a lost reply makes a version more"},
      {"undelete_through_several_markers", "a removal that is repeated after a lost reply makes a marker more"},
      {"versions_come_once_across_pages", "a put that is repeated after a lost reply makes a version more"},
  };
  harness.occasional_deviations.insert(harness.occasional_deviations.end(), server.occasional_deviations.begin(),
                                       server.occasional_deviations.end());
  return harness;
}

void run_against(const Server& server, bool below_a_prefix, unsigned round = 0) {
  auto options = test::options_of_server(server.variable, server.kind);
  if (!options) return;
  quiet_log();
  const aws::S3Options direct = *options;
  const unsigned seed = seed_of_run();
  FaultProxy proxy(port_in(options->endpoint));
  proxy.each(RandomFaults(seed + round));
  options->endpoint = "http://" + proxy.host();
  options->retry.max_attempts = 12;
  options->retry.base_delay = options->retry.throttled_base_delay = 1ms;
  options->retry.max_delay = 20ms;
  options->retry.quota = 1'000'000;
  const auto harness = harness_for(server, ObjectStore(std::make_shared<FaultyStore>(direct, *options)),
                                   aws::make_s3_store(direct).value());
  CAPTURE(seed);
  run_object_store_suite(below_a_prefix ? testing::below_prefix(harness) : harness);
  total_hits += proxy.hits();
}

}  // namespace

TEST_CASE("S3 through faults against radosgw") { run_against(kRadosgw, false); }
TEST_CASE("S3 through faults against radosgw, below a prefix" * doctest::skip(!test::is_full_check())) {
  run_against(kRadosgw, true, 1);
}
TEST_CASE("S3 through faults against moto" * doctest::skip(!test::is_full_check())) { run_against(kMoto, false, 2); }
TEST_CASE("there were faults") {
  std::printf("%d connections met their fault\n", total_hits);
  if (!test::environment("CLOUDKIT_TEST_RADOSGW_URL").empty()) CHECK(total_hits > 100);
}
