#include "support/varied_bytes.h"
#include "tools/program.h"

#include <cloudkit/object_store.h>
#include <cloudkit/open.h>

#include <nlohmann/json.hpp>

using namespace test;

namespace {

// With uploads that are under way: their writers have not ended.
struct WithUploads : WithBucket {
  std::vector<cloudkit::ObjectWriter> writers;

  WithUploads() {
    const auto bucket = cloudkit::open_bucket(url("bucket")).value();
    const std::string content = varied_bytes(std::size_t{11} << 20);
    for (const char* key : {"a", "logs/b"}) {
      cloudkit::PutOptions options;
      options.transfer.part_size = std::uint64_t{5} << 20;
      writers.push_back(bucket.open_writer(key, options).value());
      REQUIRE(writers.back().write(content));
    }
  }
};

}  // namespace

TEST_CASE_FIXTURE(WithUploads, "uploads that nobody has ended are shown, by key or below a prefix") {
  const auto all = run({"uploads", url("bucket")});
  CHECK(all.exit_code == 0);
  CHECK(contains(all.out, "Z  a  "));
  CHECK(contains(all.out, "Z  logs/b  "));
  const auto below = run({"uploads", "--json", url("bucket/logs/")});
  const auto entry = nlohmann::json::parse(below.out);
  CHECK(entry["key"] == "logs/b");
  CHECK(entry["upload"].get<std::string>().size() > 8);
  CHECK(entry["started"].get<std::string>().ends_with("Z"));
  CHECK(run({"uploads", "--older-than", "1h", url("bucket")}).out.empty());
}

TEST_CASE_FIXTURE(WithUploads, "they are taken back only by who says how old they are") {
  const auto careless = run({"uploads", "--abort", url("bucket")});
  CHECK(careless.exit_code == 2);
  CHECK(contains(careless.err, "--abort wants --older-than"));
  CHECK(run({"uploads", "--abort", "--older-than", "1h", url("bucket")}).out.empty());
  const auto aborted = run({"uploads", "--abort", "--older-than", "0s", "--json", url("bucket/logs/")});
  CHECK(aborted.exit_code == 0);
  CHECK(nlohmann::json::parse(aborted.out)["aborted"] == "logs/b");
  CHECK(contains(run({"uploads", "--abort", "--older-than", "0s", url("bucket")}).out, "aborted "));
  CHECK(run({"uploads", url("bucket")}).out.empty());
  for (cloudkit::ObjectWriter& writer : writers) CHECK_FALSE(writer.finish());
  CHECK(tree("bucket").empty());
}

TEST_CASE_FIXTURE(WithUploads, "a dry run says what would be taken back, and takes nothing back") {
  const auto dry = run({"uploads", "--abort", "-n", "--older-than", "0s", url("bucket/logs/")});
  CHECK(dry.exit_code == 0);
  CHECK(dry.out.starts_with("would abort logs/b, "));
  CHECK(run({"uploads", "--abort", "-n", "--older-than", "0s", "--json", url("bucket/logs/")}).out ==
        "{\"would_abort\":\"logs/b\"}\n");
  for (cloudkit::ObjectWriter& writer : writers) CHECK(writer.finish());
}

TEST_CASE_FIXTURE(Program, "what names no bucket, or no age, is refused") {
  // Seven of what?
  const auto bare = run({"uploads", "--abort", "--older-than", "7", url("bucket")});
  CHECK(bare.exit_code == 2);
  CHECK(contains(bare.err, "--older-than 7 has no unit\n  hint: write 7d for days, or s, m, h\n"));
  const auto store = run({"uploads", "s3://"});
  CHECK(store.exit_code == 2);
  CHECK(contains(store.err, "it names no bucket"));
  CHECK(run({"uploads", "--older-than", "old", url("bucket")}).exit_code == 2);
}
