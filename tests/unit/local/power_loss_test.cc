#include "power/disk.h"
#include "support/read_file.h"
#include "support/upload_io.h"
#include "unit/local/fixture.h"

#include <cloudkit/object_store.h>

#include <optional>
#include <sstream>

using namespace ::test;

// A power cut at every moment, and every state in which it may leave the disk. What was there before stays whole or
// becomes what comes; what was promised to a caller is there. And each fsync is needed: without it a state is wrong.
namespace {

// Short metadata are in the file's extended attribute, long ones in a sidecar.
PutOptions options_of_age(std::string_view age, bool sidecar) {
  PutOptions options;
  options.metadata = {{"age", std::string(sidecar ? 2000 : 1, age[0])}};
  return options;
}

local::StoreConfig config_of(const std::string& root) { return FileBucket::config_of(root + "/store", true); }

std::shared_ptr<BucketDriver> bucket_in(const std::string& root) {
  return local::FileStoreDriver(config_of(root)).bucket("b").value();
}

// "none", or bytes and metadata.
std::string object_in(const std::string& root, std::string_view key) {
  Received received;
  const auto bucket = bucket_in(root);
  const auto info = bucket->get(key, {}, received);
  if (!info && info.error().code == ErrorCode::not_found) return "none";
  if (!info) return info.error().to_string();
  std::string text = received.data;
  for (const auto& [name, value] : received.info.metadata) text += ' ' + name + '=' + value;
  return text;
}

std::string shown(const std::string& object) { return object.substr(0, 40); }

// The object is `before` or `after`, and the latter once it was promised.
power::Check becomes(const std::string& key, const std::string& before, const std::string& after) {
  return [=](const std::string& root, int marks) -> std::string {
    const std::string now = object_in(root, key);
    if (now == after || (now == before && marks == 0)) return {};
    return "the object is " + shown(now);
  };
}

struct PowerFixture {
  TemporaryDirectory place;
  const std::string root = place.path();
  std::shared_ptr<BucketDriver> bucket;

  PowerFixture() {
    local::FileStoreDriver store(config_of(root));
    REQUIRE(store.create_bucket("b", {}));
    bucket = bucket_in(root);
  }
  // Records `work`, which promises at its end.
  power::Recording recorded(const std::function<Status()>& work) const {
    Status status;
    auto recording = power::record(root, [&] {
      status = work();
      power::mark();
    });
    REQUIRE_MESSAGE(status, status.error().to_string());
    return recording;
  }
  Status put(const std::string& key, const std::string& data, const PutOptions& options) const {
    auto info = ::test::put(*bucket, key, data, options);
    return info ? Status() : Status(info.error());
  }
};

void check(const power::Recording& recording, const power::Check& check) {
  power::States right;
  const auto wrong = power::find_wrong_state(recording, check, right);
  CHECK_MESSAGE(!wrong, wrong.value_or(""));
  CHECK(right.size() >= 3);
  CHECK_FALSE(recording.syncs().empty());
  for (const std::size_t sync : recording.syncs()) {
    INFO(recording.show(sync));
    CHECK(power::find_wrong_state(recording, check, right, sync).has_value());
  }
}

}  // namespace

TEST_CASE_FIXTURE(PowerFixture, "a put") {
  std::string below;
  Condition condition;
  std::optional<PutOptions> replaced;
  SUBCASE("of a new object") {}
  SUBCASE("in new directories") { below = "/x/y/k"; }
  SUBCASE("if there is none") { condition = Condition::absent(); }
  SUBCASE("over an object") { replaced = options_of_age("old", false); }
  SUBCASE("over an object with a sidecar") { replaced = options_of_age("old", true); }
  for (const bool sidecar : {false, true}) {
    const std::string key = (sidecar ? "long" : "short") + below;
    if (replaced) REQUIRE(put(key, "old", *replaced));
    const std::string before = object_in(root, key);
    PutOptions options = options_of_age("new", sidecar);
    options.condition = condition;
    const auto recording = recorded([&] { return put(key, "new bytes", options); });
    check(recording, becomes(key, before, "new bytes age=" + options.metadata.at("age")));
  }
}

TEST_CASE_FIXTURE(PowerFixture, "a removal") {
  for (const bool sidecar : {false, true}) {
    REQUIRE(put("k", "old", options_of_age("old", sidecar)));
    const std::string before = object_in(root, "k");
    const auto recording = recorded([&] { return bucket->remove("k", {}); });
    check(recording, becomes("k", before, "none"));
  }
}

TEST_CASE_FIXTURE(PowerFixture, "a copy, and a change of metadata") {
  for (const bool sidecar : {false, true}) {
    REQUIRE(put("from", "new bytes", options_of_age("new", sidecar)));
    REQUIRE(put("k", "old", options_of_age("old", sidecar)));
    const std::string before = object_in(root, "k");
    const auto copied = recorded([&]() -> Status {
      CopyRequest request;
      request.source_bucket = "b";
      request.source_key = "from";
      request.destination_key = "k";
      auto step = bucket->copy(request);
      return step ? Status() : Status(step.error());
    });
    check(copied, becomes("k", before, object_in(root, "from")));
    const std::string old = object_in(root, "k");
    const auto changed = recorded([&]() -> Status {
      auto info = bucket->set_metadata("k", {.metadata = Metadata{{"age", "newest"}}});
      return info ? Status() : Status(info.error());
    });
    check(changed, becomes("k", old, "new bytes age=newest"));
  }
}

TEST_CASE_FIXTURE(PowerFixture, "an upload in parts") {
  REQUIRE(put("k", "old", options_of_age("old", false)));
  const PutOptions fresh = options_of_age("new", false);
  const std::string after = "part one, part two age=n";
  const auto work = [&]() -> Status {
    const auto id = bucket->begin_upload("k", fresh).value();
    power::mark();
    std::vector<UploadPart> parts{::test::put_part(*bucket, "k", id, 1, "part one, ")};
    power::mark();
    parts.push_back(::test::put_part(*bucket, "k", id, 2, "part two"));
    power::mark();
    auto info = bucket->complete_upload("k", id, parts, {});
    return info ? Status() : Status(info.error());
  };
  const auto is_right = [&](const std::string& there, int marks) -> std::string {
    const std::string now = object_in(there, "k");
    if (now == after && marks >= 3) return {};
    if (now != "old age=o" || marks == 4) return "the object is " + shown(now);
    if (marks == 0) return {};
    // What was promised of the upload is there, and can become the object.
    const auto found = bucket_in(there);
    const auto uploads = found->list_uploads_page("", "", {}).value().entries;
    if (uploads.size() != 1) return "there are " + std::to_string(uploads.size()) + " uploads, and no object";
    const auto parts = found->list_parts("k", uploads[0].upload, {}).value();
    if (static_cast<int>(parts.size()) < marks - 1) return "only " + std::to_string(parts.size()) + " parts are there";
    if (marks < 3) return {};
    const auto completed = found->complete_upload("k", uploads[0].upload, parts, {});
    if (!completed) return completed.error().to_string();
    return object_in(there, "k") == after ? "" : "the completed object is " + shown(object_in(there, "k"));
  };
  check(recorded(work), is_right);
}

TEST_CASE("the first bucket of a store") {
  const TemporaryDirectory place;
  Status status;
  const auto recording = power::record(place.path(), [&] {
    local::FileStoreDriver store(config_of(place.path() + "/a/b"));
    status = store.create_bucket("b", {});
    power::mark();
  });
  REQUIRE(status);
  check(recording, [](const std::string& root, int marks) -> std::string {
    const bool there = local::FileStoreDriver(config_of(root + "/a/b")).bucket_exists("b", {}).value();
    return there || marks == 0 ? "" : "the bucket is not there";
  });
}

TEST_CASE_FIXTURE(PowerFixture, "a bucket that is deleted") {
  const auto recording = recorded([&] { return local::FileStoreDriver(config_of(root)).delete_bucket("b", {}); });
  check(recording, [](const std::string& there, int marks) -> std::string {
    const bool exists = local::FileStoreDriver(config_of(there)).bucket_exists("b", {}).value();
    return exists && marks == 1 ? "the bucket is there again" : "";
  });
}

TEST_CASE_FIXTURE(PowerFixture, "a download to a file") {
  const std::string data = "new bytes of the object, in four parts";
  REQUIRE(put("k", data, {}));
  GetOptions options;
  options.transfer.workers = 1;
  options.transfer.part_size = 10;
  const TemporaryDirectory home;
  const std::string path = home.file("file");
  std::string before = "none";
  SUBCASE("new") {}
  SUBCASE("that replaces one") { std::ofstream(path) << (before = "old"); }
  SUBCASE("that can go on") { options.transfer.resume = true; }
  SUBCASE("that can go on, and replaces one") {
    options.transfer.resume = true;
    std::ofstream(path) << (before = "old");
  }
  const Bucket handle(bucket);
  Status status;
  const auto recording = power::record(home.path(), [&] {
    const auto info = handle.download("k", File{path}, options);
    if (!info) status = info.error();
    power::mark();
  });
  REQUIRE_MESSAGE(status, status.error().to_string());
  check(recording, [&](const std::string& there, int marks) -> std::string {
    std::ostringstream out;
    const std::ifstream in(there + "/file");
    if (in) out << in.rdbuf();
    const std::string now = in ? out.str() : "none";
    if (now != data && (now != before || marks == 1)) return "the file is " + now;
    // Whatever is left beside it, the next call makes the file.
    const auto again = handle.download("k", File{there + "/file"}, options);
    if (!again) return again.error().to_string();
    return ::test::read_file(there + "/file") == data ? "" : "the next call makes another file";
  });
}
