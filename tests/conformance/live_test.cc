#include "support/moto_deviations.h"
#include "support/program.h"
#include "support/temporary_directory.h"

#include <cloudkit/aws.h>

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

// The rehearsal of ./check live: its program on the servers that tests/servers/start starts, as if they were a cloud.
using namespace cloudkit;

namespace {

constexpr const char* kOldRun = "ck-live-20200101t000000z-0badcafe";
constexpr const char* kFutureRun = "ck-live-20990101t000000z-0badcafe";

std::string environment(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  return value == nullptr ? "" : value;
}

test::ProgramOutcome live(const std::string& variables, const std::string& arguments = "") {
  return test::run_program("CLOUDKIT_LOG=error HOME=/nonexistent " + variables, LIVE_PROGRAM " " + arguments);
}

bool says(const test::ProgramOutcome& outcome, const std::string& text) {
  return outcome.output.find(text) != std::string::npos;
}

// A bucket on a server, with things in it that are none of a live run's business.
class Cloud {
 public:
  // Nothing when the server is not there.
  static std::optional<Cloud> on(const std::string& server) {
    if (environment("CLOUDKIT_TEST_" + server + "_URL").empty()) {
      std::printf("skipped: live on %s: CLOUDKIT_TEST_%s_URL is not set\n", server.c_str(), server.c_str());
      CHECK_MESSAGE(environment("CI") != "true", "CI must have this server");
      return std::nullopt;
    }
    return Cloud(server);
  }

  test::ProgramOutcome live(const std::string& variables = "", const std::string& arguments = "",
                            const std::string& prefix = "/team/live") const {
    const auto outcome = ::live("AWS_ACCESS_KEY_ID=" + key_ + " AWS_SECRET_ACCESS_KEY=" + secret_ +
                                    " CLOUDKIT_LIVE_S3='s3://ck-live-rehearsal" + prefix +
                                    "?region=us-east-1&server=" + kind_ + "&endpoint=" + endpoint_ + "' " + variables,
                                arguments);
    CHECK_FALSE(says(outcome, secret_));
    return outcome;
  }
  std::vector<std::string> keys() const {
    std::vector<std::string> out;
    for (const auto& entry : bucket.list_all().value()) out.push_back(entry.key);
    return out;
  }
  void put(const std::string& key) const { bucket.put(key, "x").value(); }

 private:
  explicit Cloud(const std::string& server)
      : key_(environment("CLOUDKIT_TEST_" + server + "_KEY")),
        secret_(environment("CLOUDKIT_TEST_" + server + "_SECRET")),
        endpoint_(environment("CLOUDKIT_TEST_" + server + "_URL")),
        kind_(server == "RADOSGW" ? "ceph"
              : server == "FAKE"  ? "aws"
                                  : "generic"),
        store(open()),
        bucket(store.bucket("ck-live-rehearsal").value()) {
    if (!store.bucket_exists("ck-live-rehearsal").value()) store.create_bucket("ck-live-rehearsal").value();
    for (const auto& entry : bucket.list_all().value()) bucket.remove(entry.key).value();
    put("team/neighbour");
    put("other/neighbour");
  }
  ObjectStore open() const {
    aws::S3Options options;
    options.region = "us-east-1";
    options.endpoint = endpoint_;
    options.credentials = aws::explicit_credentials({key_, secret_});
    return aws::make_s3_store(options).value();
  }

  std::string key_, secret_, endpoint_, kind_;

 public:
  ObjectStore store;
  Bucket bucket;
};

const std::vector<std::string> kNeighbours = {"other/neighbour", "team/neighbour"};

}  // namespace

TEST_CASE("a live run is refused unless it has a bucket and a prefix of its own") {
  struct Row {
    const char* variables;
    const char* text;
  };
  const Row rows[] = {
      {"", "CLOUDKIT_LIVE_S3 is not set"},
      {"CLOUDKIT_LIVE_S3=s3://bucket", "has no prefix"},
      {"CLOUDKIT_LIVE_S3=s3://bucket/", "has no prefix"},
      {"CLOUDKIT_LIVE_S3=s3://bucket//?region=eu-west-1", "has no prefix"},
      {"CLOUDKIT_LIVE_S3=s3:///prefix", "is not s3://BUCKET/PREFIX"},
      {"CLOUDKIT_LIVE_S3=file:///tmp/prefix", "is not s3://BUCKET/PREFIX"},
      {"CLOUDKIT_LIVE_S3=bucket/prefix", "invalid_argument"},
      {"CLOUDKIT_LIVE_S3='s3://bucket/prefix?anonymous=true'", "is anonymous"},
      {"CLOUDKIT_LIVE_S3='s3://bucket/prefix?colour=red'", "colour"},
      {"CLOUDKIT_LIVE_S3=s3://bucket/prefix CLOUDKIT_LIVE_MAX_REQUESTS=0", "CLOUDKIT_LIVE_MAX_REQUESTS is not"},
      {"CLOUDKIT_LIVE_S3=s3://bucket/prefix CLOUDKIT_LIVE_MAX_REQUESTS=many", "CLOUDKIT_LIVE_MAX_REQUESTS is not"},
      {"CLOUDKIT_LIVE_S3=s3://bucket/prefix CLOUDKIT_LIVE_SKIP=no_such_case", "\"no_such_case\", which is no case"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.variables);
    for (const char* arguments : {"", "--sweep"}) {
      const auto outcome = live(row.variables, arguments);
      CAPTURE(outcome.output);
      CHECK(outcome.exit_code == 2);
      CHECK(says(outcome, row.text));
      CHECK_FALSE(says(outcome, "requests:"));
    }
  }
  CHECK(live("CLOUDKIT_LIVE_S3=s3://bucket/prefix", "--swep").exit_code == 2);
  CHECK(live("CLOUDKIT_LIVE_S3=s3://bucket/prefix", "--sweep --older-than soon").exit_code == 2);
}

TEST_CASE("a live run on radosgw") {
  const auto cloud = Cloud::on("RADOSGW");
  if (!cloud) return;
  const std::string skip = "CLOUDKIT_LIVE_SKIP=metadata_names_keep_underscores,cas_counter_8x25_increments";
  const auto outcome = cloud->live(skip);
  CAPTURE(outcome.output);
  CHECK(outcome.exit_code == 0);
  CHECK(says(outcome, "live run ck-live-20"));
  CHECK(
      says(outcome, " in s3://ck-live-rehearsal/team/live: at most 5000 requests, 0.05 USD if all were of class A\n"));
  CHECK(says(outcome, "skipped: cas_counter_8x25_increments: named by CLOUDKIT_LIVE_SKIP\n"));
  CHECK(says(outcome, "skipped: bucket_create_twice: the harness has no make_store\n"));
  CHECK(says(outcome, " skipped, 0 failed\nrequests: "));
  CHECK(says(outcome, " (A: PUT COPY POST LIST "));
  CHECK(says(outcome, "cost: at most 0.0"));
  CHECK(says(outcome, "https://aws.amazon.com/s3/pricing/"));
  CHECK(cloud->keys() == kNeighbours);
}

TEST_CASE("a live run on moto, with buckets of its own") {
  const auto cloud = Cloud::on("MOTO");
  if (!cloud) return;
  std::string skip;
  for (const auto* deviations : {&test::kMotoDeviations, &test::kOccasionalMotoDeviations}) {
    for (const auto& [name, why] : *deviations) skip += (skip.empty() ? "" : ",") + name;
  }
  const auto outcome = cloud->live("CLOUDKIT_LIVE_BUCKETS=1 CLOUDKIT_LIVE_SKIP=" + skip);
  CAPTURE(outcome.output);
  CHECK(outcome.exit_code == 0);
  CHECK_FALSE(says(outcome, "the harness has no make_store"));
  CHECK(says(outcome, " skipped, 0 failed\nrequests: "));
  CHECK(cloud->keys() == kNeighbours);
  for (const auto& entry : cloud->store.list_buckets().value()) CHECK_FALSE(entry.name.starts_with("ck-live-20"));
}

TEST_CASE("a live run on the strict fake, as on AWS: no case has to be left out") {
  const auto cloud = Cloud::on("FAKE");
  if (!cloud) return;
  const auto outcome = cloud->live("CLOUDKIT_LIVE_BUCKETS=1");
  CAPTURE(outcome.output);
  CHECK(outcome.exit_code == 0);
  CHECK(says(outcome, " skipped, 0 failed\nrequests: "));
  CHECK(cloud->keys() == kNeighbours);
}

TEST_CASE("a live run that fails says which case, and removes what it made") {
  const auto cloud = Cloud::on("RADOSGW");
  if (!cloud) return;
  const auto outcome = cloud->live();  // Ceph has known deviations.
  CHECK(outcome.exit_code == 1);
  CHECK(says(outcome, "FAILED: metadata_names_keep_underscores: "));
  CHECK(cloud->keys() == kNeighbours);
}

TEST_CASE("a live run ends at its cap of requests, and removes what it made") {
  const auto cloud = Cloud::on("RADOSGW");
  if (!cloud) return;
  for (const std::string cap : {"1", "2", "40", "300"}) {
    const auto outcome = cloud->live("CLOUDKIT_LIVE_MAX_REQUESTS=" + cap);
    CAPTURE(outcome.output);
    CHECK(outcome.exit_code == 1);
    CHECK(says(outcome, "at most " + cap + " requests"));
    CHECK(says(outcome, "FAILED: the cap of requests is reached in the case "));
    CHECK(says(outcome, "CLOUDKIT_LIVE_MAX_REQUESTS raises it\n"));
    CHECK(cloud->keys() == kNeighbours);
  }
}

TEST_CASE("a prefix that holds anything else is refused, and left as it is") {
  const auto cloud = Cloud::on("RADOSGW");
  if (!cloud) return;
  cloud->put("team/live/precious");
  for (const char* arguments : {"", "--sweep --older-than 0"}) {
    const auto outcome = cloud->live("", arguments);
    CHECK(outcome.exit_code == 2);
    CHECK(says(outcome, "s3://ck-live-rehearsal/team/live is not a prefix of live runs alone: it holds \"precious\""));
    CHECK(cloud->bucket.exists("team/live/precious").value());
  }
  CHECK(cloud->live("", "", "/team").exit_code == 2);
  CHECK(cloud->live("", "--sweep", "/team/live/precious").exit_code == 0);  // Nothing is below it.
  CHECK(cloud->bucket.exists("team/live/precious").value());
}

TEST_CASE("a bucket that does not exist is not made") {
  const auto cloud = Cloud::on("RADOSGW");
  if (!cloud) return;
  const auto outcome = cloud->live("CLOUDKIT_LIVE_S3='s3://ck-live-missing/p?region=us-east-1&endpoint=" +
                                   environment("CLOUDKIT_TEST_RADOSGW_URL") + "'");
  CHECK(outcome.exit_code == 3);
  CHECK_FALSE(cloud->store.bucket_exists("ck-live-missing").value());
}

TEST_CASE("the sweeper removes what old runs left, and nothing else") {
  const auto cloud = Cloud::on("RADOSGW");
  if (!cloud) return;
  const std::string root = "team/live/";
  for (const char* key : {"/a", "/b/c", "/below a+prefix/%41/k"}) cloud->put(root + kOldRun + key);
  cloud->put(root + kFutureRun + "/a");
  const std::string old_bucket = std::string(kOldRun) + "-17", other_bucket = "ck-live-neighbour";
  for (const auto& name : {old_bucket, other_bucket}) {
    if (!cloud->store.bucket_exists(name).value()) cloud->store.create_bucket(name).value();
    cloud->store.bucket(name).value().put("k", "x").value();
  }

  const auto told = cloud->live("CLOUDKIT_LIVE_MAX_REQUESTS=3");
  CHECK(says(told, "2 earlier runs left something here: --sweep removes it\n"));

  const auto first = cloud->live("", "--sweep");
  CAPTURE(first.output);
  CHECK(first.exit_code == 0);
  CHECK(says(first, std::string("sweep: ") + kOldRun + " with 3 objects removed\n"));
  CHECK(says(first, std::string("sweep: ") + kFutureRun + " is left alone, it may be running\n"));
  CHECK(says(first, "requests: 5 (A: PUT COPY POST LIST 2, B: GET HEAD 0, free: DELETE 3)"));
  CHECK(cloud->keys() == std::vector<std::string>{"other/neighbour", root + kFutureRun + "/a", "team/neighbour"});
  CHECK(cloud->store.bucket_exists(old_bucket).value());

  const auto second = cloud->live("CLOUDKIT_LIVE_BUCKETS=1", "--sweep");
  CHECK(second.exit_code == 0);
  CHECK(says(second, "sweep: the bucket " + old_bucket + " with 1 objects removed\n"));
  CHECK_FALSE(cloud->store.bucket_exists(old_bucket).value());
  CHECK(cloud->store.bucket_exists(other_bucket).value());
}
