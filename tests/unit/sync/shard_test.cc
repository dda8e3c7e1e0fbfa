#include "support/awkward_keys.h"
#include "unit/sync/shard_fixture.h"

#include <cloudkit/local.h>

#include <atomic>

using namespace cloudkit;
using ::test::contents;
using ::test::Moody;
using ::test::Names;
using ::test::WithShards;

TEST_CASE_FIXTURE(WithShards, "shards make one snapshot, which is there when the last one is done") {
  from.put("k130", "with headers", {.content = {.type = "text/x"}, .metadata = {{"owner", "ada"}}}).value();
  CHECK(cloudkit::verify(to).error().message == "there is no finished snapshot in mem://backups/reports");
  const std::string snapshot = all();
  check_whole(60);
  const Bucket back = restored("back");
  CHECK(contents(back) == contents(from));
  CHECK(back.head("k130").value().metadata.at("owner") == "ada");
  CHECK(back.head("k130").value().content.type == "text/x");
  // Plain objects, and no more state than they need.
  CHECK(to.get(snapshot + "/k100").value().data == "bytes 0");
  Names state;
  for (const auto& entry : to.list({.prefix = ".cloudkit/"})) state.push_back(entry.value().key);
  CHECK(state == Names{".cloudkit/" + snapshot + ".manifest.jsonl", ".cloudkit/" + snapshot + ".plan.json",
                       ".cloudkit/run-nightly-1", ".cloudkit/source"});

  // A shard that comes late has nothing to do.
  from.put("new", "x").value();
  const auto late = done(2);
  CHECK(late.finished);
  CHECK(late.fetched == 0);
  // The next run is another snapshot.
  options.run = "nightly-2";
  CHECK(all() > snapshot);
  check_whole(61);
  CHECK(cloudkit::verify(to, {.snapshot = snapshot}).value().objects == 60);
  CHECK(cloudkit::verify(to, {.snapshot = "2001-01-01T00-00-00Z"}).error().code == ErrorCode::not_found);
}

TEST_CASE_FIXTURE(WithShards, "what the first shard decided holds, though the bucket changes") {
  const auto first = done(1);
  REQUIRE(first.ranges.size() == 3);
  CHECK(first.objects == 20);
  for (int i = 0; i < 40; ++i) from.put("a" + std::to_string(i), "before all others").value();
  for (int i = 0; i < 5; ++i) from.put("z" + std::to_string(i), "after all others").value();
  from.remove("k150").value();
  CHECK(done(3).objects == 24);
  const auto second = done(2);
  CHECK(second.objects == 20);
  CHECK(second.finished);
  check_whole(64);
}

TEST_CASE_FIXTURE(WithShards, "hostile keys stay below their snapshot, on either side of a cut") {
  Bucket source = store.create_bucket("awkward").value();
  for (const std::string& key : ::test::kAwkwardKeys)
    source.put(key, key.ends_with("dir/") ? std::string() : "of " + key).value();
  for (const char* key : {"a/b/c", "a-", "d/e", "d"}) source.put(key, "some bytes").value();
  from = source;
  const ::test::TemporaryDirectory place;
  to = local::make_file_store(place.path(), {.sync = false}).value().create_bucket("shared").value();
  const auto objects = source.list_all().value().size();
  for (const int shards : {1, 2, 7, 40}) {
    options.run = "run-" + std::to_string(shards);
    options.shards = shards;
    const std::string snapshot = all();
    check_whole(objects);
    CHECK(contents(restored("back-" + std::to_string(shards))) == contents(source));
    CHECK(std::distance(std::filesystem::directory_iterator(place.path()), {}) == 1);
    CHECK(to.exists(snapshot + "/a").value());
    CHECK(to.exists(snapshot + "/a%t/b").value());
  }
}

TEST_CASE_FIXTURE(WithShards, "keys that are too long below the target's prefix have a digest for a name") {
  const std::string key = "long/" + std::string(1000, 'x');
  from.put(key, "found again").value();
  const std::string snapshot = all();
  CHECK(to.list_all({.prefix = snapshot + "/%h"}).value().size() == 1);
  CHECK(restored("back").get(key).value().data == "found again");
}

TEST_CASE_FIXTURE(WithShards, "a shard that was killed goes on where it was") {
  options.step = 5;
  options.transfer.workers = 1;
  options.context = Context::cancellable();
  int gets = 0;
  driver->before_get = [&](std::string_view) {
    if (++gets == 13) options.context.cancel();
  };
  CHECK(shard(2).error().code == ErrorCode::cancelled);
  options.context = {};
  gets = 0;
  driver->before_get = [&](std::string_view) { ++gets; };
  const auto again = done(2);
  CHECK(again.kept == 10);
  CHECK(again.fetched == 10);
  CHECK(gets == 10);
  finish(1);
  CHECK(done(3).finished);
  check_whole(60);
}

TEST_CASE_FIXTURE(WithShards,
                  "a copy that a killed shard noted nowhere, of an object that is gone since, is in no snapshot") {
  options.transfer.workers = 1;
  options.context = Context::cancellable();
  driver->before_get = [&](std::string_view key) {
    if (key == "k105") options.context.cancel();
  };
  CHECK(shard(1).error().code == ErrorCode::cancelled);
  options.context = {};
  driver->before_get = nullptr;
  driver->remove("k103", {}).value();
  const std::string snapshot = all();
  CHECK(!to.exists(snapshot + "/k103").value());
  CHECK(to.exists(snapshot + "/k104").value());
  check_whole(59);
}

TEST_CASE_FIXTURE(WithShards, "what failed is named, the shard is not done, and its next run fetches only that") {
  driver->failing = {"k105", "k110"};
  options.transfer.workers = 1;  // So that the first failure is the first key's.
  const auto first = shard(1).value();
  CHECK(!first.done);
  CHECK(first.failed == 2);
  CHECK(first.status().error().resource == from.url("k105"));
  finish(2);
  CHECK(!done(3).finished);
  driver->failing = {"k110"};
  CHECK(shard(1).value().fetched == 1);
  SUBCASE("until it succeeds") {
    driver->failing.clear();
    const auto last = done(1);
    CHECK(last.fetched == 1);
    CHECK(last.kept == 19);
    CHECK(last.finished);
    check_whole(60);
  }
  SUBCASE("or it is allowed") {
    options.allow_incomplete = true;
    const auto last = shard(1).value();
    CHECK(last.failed == 1);
    CHECK(last.finished);
    const auto verified = cloudkit::verify(to).value();
    CHECK(verified.missing == 1);
    CHECK(verified.failed == 0);
    const auto back = cloudkit::restore(to, store.create_bucket("back").value()).value();
    CHECK(back.restored == 59);
    CHECK(back.failures.at(0).key == "k110");
  }
}

TEST_CASE_FIXTURE(WithShards, "an object that failed first and was copied later has no error in the manifest") {
  driver->failing = {"k105"};
  CHECK(shard(1).value().failed == 1);
  driver->failing.clear();
  const std::string snapshot = all();
  const std::string manifest = to.get(".cloudkit/" + snapshot + ".manifest.jsonl").value().data;
  CHECK(manifest.find("k105") != std::string::npos);
  CHECK(manifest.find("\"error\"") == std::string::npos);
}

TEST_CASE_FIXTURE(WithShards, "objects that vanish or change meanwhile") {
  bool changed = false;
  driver->before_get = [&](std::string_view key) {
    if (key == "k101") driver->remove("k101", {}).value();
    if (key == "k102" && !std::exchange(changed, true)) from.put("k102", "changed").value();
  };
  options.shards = 1;
  const auto report = done(1);
  CHECK(report.vanished == 1);
  CHECK(report.objects == 59);
  CHECK(to.get(report.snapshot + "/k102").value().data == "changed");
  check_whole(59);
}

TEST_CASE_FIXTURE(WithShards, "verify finds what is other, missing or too much; restore sends none of it") {
  const std::string snapshot = all();
  to.put(snapshot + "/k103", "bytes x").value();
  to.remove(snapshot + "/k104").value();
  to.put(snapshot + "/extra", "?").value();
  for (const bool quick : {true, false}) {
    const auto verified = cloudkit::verify(to, {.quick = quick}).value();
    CHECK(verified.failed == 3);
    for (const auto& failure : verified.failures) CHECK(exit_code(failure.error.code) == 6);
  }
  const Bucket back = store.create_bucket("back").value();
  const auto report = cloudkit::restore(to, back).value();
  CHECK(report.restored == 58);
  REQUIRE(report.failed == 2);
  CHECK(!back.exists("k103").value());
  CHECK(cloudkit::restore(to, back, {.if_absent = true}).value().skipped == 58);

  const std::string manifest = ".cloudkit/" + snapshot + ".manifest.jsonl";
  std::string text = to.get(manifest).value().data;
  text[text.find("k110")] = 'K';
  to.put(manifest, text).value();
  CHECK(cloudkit::verify(to).error().code == ErrorCode::data_loss);
  CHECK(cloudkit::restore(to, store.create_bucket("none").value()).error().code == ErrorCode::data_loss);
  CHECK(store.bucket("none").value().list_all().value().empty());
}

TEST_CASE_FIXTURE(WithShards, "the plan alone, and nothing is written") {
  options.dry_run = true;
  const auto report = shard(2).value();
  CHECK(report.ranges.size() == 3);
  CHECK(report.ranges[0].objects == 20);
  CHECK(to.list_all().value().empty());
}

TEST_CASE_FIXTURE(WithShards, "the merge alone, where the last shard was killed before it") {
  const auto target = std::make_shared<Moody>();
  to = Bucket(target);
  finish(1);
  finish(2);
  options.merge_only = true;
  CHECK(!shard(1).value().finished);
  options.merge_only = false;
  target->full = ".manifest.jsonl";
  CHECK(shard(3).error().code == ErrorCode::unavailable);
  target->full.clear();
  CHECK(cloudkit::verify(to).error().code == ErrorCode::not_found);
  options.merge_only = true;
  const auto merged = shard(1).value();
  CHECK(merged.finished);
  check_whole(60);

  // What is merged is gone: nothing makes an empty snapshot of that.
  to.remove(".cloudkit/" + merged.snapshot + ".manifest.jsonl").value();
  CHECK(!shard(1).value().finished);
}

TEST_CASE_FIXTURE(WithShards, "shards that do not belong together are refused") {
  finish(1);
  const auto conflict = [&](const std::string& message) {
    const auto report = shard(2);
    REQUIRE(!report);
    CHECK(report.error().code == ErrorCode::conflict);
    CHECK(report.error().message == message);
    CHECK(!report.error().hint.empty());
  };
  const ShardOptions right = options;
  options.shards = 4;
  conflict("the run nightly-1 began with 3 shards");
  options = right;
  options.rules = {{false, "*.tmp"}};
  conflict("the run nightly-1 began with other rules");
  options = right;
  const Bucket source = from;
  from = store.create_bucket("other").value();
  conflict("mem://backups/reports holds backups of mem://b");
  from = source;
  const auto refused = [&] { return std::string(to_string(shard(options.shard).error().code)); };
  for (const char* run : {"", "a/b", "../x", "a b"}) {
    options.run = run;
    CHECK(refused() == "invalid_argument");
  }
  options = right;
  options.shard = 4;
  CHECK(refused() == "invalid_argument");
  options = right;
  options.rules = {{false, "[a"}};
  CHECK(refused() == "invalid_argument");
  options = right;
  to = from.below("x").value();
  CHECK(refused() == "invalid_argument");
}

TEST_CASE_FIXTURE(WithShards, "a network that is gone ends a verify of a bucket, and damages nothing") {
  const auto target = std::make_shared<Moody>();
  to = Bucket(target);
  all();
  std::atomic<int> gets{0};
  target->before_get = [&](std::string_view key) { gets += key.starts_with("20") ? 1 : 0; };
  target->gone = "20";
  const auto verified = cloudkit::verify(to);
  REQUIRE(!verified);
  CHECK(verified.error().code == ErrorCode::unavailable);
  CHECK(gets < 40);
  target->gone.clear();
  check_whole(60);
}
