#include "sync/backup_dir.h"
#include "unit/sync/shard_fixture.h"

#include <chrono>
#include <memory>
#include <optional>
#include <set>

using namespace cloudkit;
using ::test::contents;
using ::test::WithShards;

// Somebody else writes into the target, too: another process of the same shard, or who has no business there.

TEST_CASE_FIXTURE(WithShards, "a copy that somebody wrote over is found before the shard is done, and made again") {
  options.step = 10;
  std::string snapshot;
  options.event = [&](const SyncEvent& event) {
    if (event.key != "k119") return;  // The last one of the first shard.
    snapshot = to.list_all({.prefix = "20"}).value().at(0).key.substr(0, 20);
    to.put(snapshot + "/k103", "not this").value();
    to.remove(snapshot + "/k104").value();
  };
  options.transfer.workers = 1;
  const auto first = shard(1).value();
  CHECK(!first.done);
  REQUIRE(first.failed == 2);
  CHECK(first.failures[0].error.message == "the copy is not what was written there");
  CHECK(first.failures[0].error.resource == to.url(snapshot + "/k103"));
  options.event = {};
  CHECK(done(1).fetched == 2);
  finish(2);
  finish(3);
  check_whole(60);
}

TEST_CASE_FIXTURE(WithShards, "a shard that was done is not any more once a run finds a wrong copy") {
  const std::string snapshot = done(1).snapshot;
  to.put(snapshot + "/k103", "not this").value();
  const auto again = shard(1).value();
  CHECK(!again.done);
  CHECK(again.failed == 1);
  finish(2);
  CHECK(!done(3).finished);
  const auto mended = done(1);
  CHECK(mended.fetched == 1);
  CHECK(mended.finished);
  check_whole(60);
}

TEST_CASE_FIXTURE(WithShards,
                  "two processes of one shard never mix what they did, though the bucket changes between them") {
  options.step = 5;
  options.transfer.workers = 1;
  std::uint64_t objects = 60;
  std::string added;
  SUBCASE("an object is removed") { objects = 59; }
  SUBCASE("an object is added") {
    objects = 61;
    added = "k107-new";
  }
  // The first one's node is lost in its second chunk, and yet it goes on; the second one began after the first chunk.
  bool began = false;
  std::optional<ShardReport> second;
  driver->before_get = [&](std::string_view key) {
    if (key != "k106" || std::exchange(began, true)) return;
    if (added.empty()) driver->remove("k108", {}).value();
    if (!added.empty()) from.put(added, "added").value();
    second = shard(1).value();
  };
  const auto first = shard(1);
  driver->before_get = {};
  REQUIRE(second);
  CHECK(second->done);
  CHECK(second->kept == 5);
  REQUIRE(!first);
  CHECK(first.error().code == ErrorCode::conflict);
  CHECK(first.error().retryable);
  CHECK(first.error().message == "another process does shard 1 of this run");
  CHECK(first.error().hint ==
        "let one process at a time do a shard; run it again once the other one has ended: it goes on from there");
  // What the first one copied meanwhile is found by the listing, and put right.
  CHECK(shard(1).value().failed > 0);
  CHECK(done(1).objects == objects - 40);
  finish(2);
  CHECK(done(3).finished);
  check_whole(objects);
  CHECK(contents(restored("back")) == contents(from));
}

TEST_CASE_FIXTURE(WithShards, "a process whose shard another one did to the snapshot's end writes no more into that") {
  options.step = 5;
  options.transfer.workers = 1;
  std::string stopped_at = "k101";
  SUBCASE("the last shard") {
    finish(2);
    finish(3);
  }
  SUBCASE("the only shard") { options.shards = 1; }
  SUBCASE("once more what had failed") {
    options.shards = 1;
    driver->failing = {"k102"};
    CHECK(shard(1).value().failed == 1);
    driver->failing.clear();
    stopped_at = "k102";
  }
  bool began = false;
  std::optional<ShardReport> second;
  int copied_after = 0;
  driver->before_get = [&](std::string_view key) {
    if (second) ++copied_after;
    if (key != stopped_at || std::exchange(began, true)) return;
    second = shard(1).value();
    copied_after = 0;
    // Of these the second one has copies, which its manifest names.
    from.remove("k103").value();
    from.remove("k110").value();
  };
  const auto first = shard(1);
  driver->before_get = {};
  REQUIRE(second);
  CHECK(second->finished);
  REQUIRE(!first);
  CHECK(first.error().code == ErrorCode::conflict);
  CHECK(first.error().retryable);
  CHECK(first.error().message == "another process does shard 1 of this run");
  // It ends with the chunk that it was in: its objects are written once more, with the bytes that the snapshot names.
  CHECK(copied_after < 5);
  const auto verified = cloudkit::verify(to, {}).value();
  CHECK(verified.objects == 60);
  CHECK(verified.failed == 0);
  CHECK(to.list_all({.prefix = ".cloudkit/" + second->snapshot + "/"}).value().empty());
  CHECK(done(1).finished);
}

TEST_CASE_FIXTURE(WithShards, "a lost reply to the put of a chunk is not another process") {
  // As afar as any service: writes bear an id.
  struct Afar final : ForwardingBucket {
    Afar() : ForwardingBucket(::test::memory_driver()) {}
    Capabilities capabilities() const override {
      auto capabilities = ForwardingBucket::capabilities();
      capabilities.remote = true;
      return capabilities;
    }
    Result<ObjectInfo> put(std::string_view key, const Source& source, const PutOptions& options) override {
      auto info = ForwardingBucket::put(key, source, options);
      if (!info || !key.ends_with(".jsonl") || key.ends_with(".manifest.jsonl")) return info;
      ++lost;
      Error error(ErrorCode::unavailable, "the connection was lost");
      error.may_have_happened = error.retryable = true;
      return error;
    }
    int lost = 0;
  };
  const auto target = std::make_shared<Afar>();
  to = Bucket(target);
  options.step = 10;
  all();
  CHECK(target->lost == 6);
  check_whole(60);
}

TEST_CASE_FIXTURE(WithShards, "chunks that have a key twice are no snapshot") {
  options.step = 10;
  const auto first = done(1);
  const std::string notes = ".cloudkit/" + first.snapshot + "/001/00000";
  to.put(notes + "2.jsonl", to.get(notes + "1.jsonl").value().data).value();
  finish(2);
  const auto last = shard(3);
  REQUIRE(!last);
  CHECK(last.error().code == ErrorCode::data_loss);
  CHECK(last.error().message == to.url(notes + "2.jsonl") + " begins before the end of what precedes it");
  CHECK(last.error().hint == "begin a new run: this one's state was changed");
  CHECK(cloudkit::verify(to).error().code == ErrorCode::not_found);
}

TEST_CASE_FIXTURE(WithShards, "a note of what is done that is missing or damaged is no reason to leave objects out") {
  options.step = 5;
  options.shards = 2;
  driver->failing = {"k129"};
  const auto first = shard(1).value();
  const std::string notes = ".cloudkit/" + first.snapshot + "/001/00000";
  SUBCASE("missing") {
    to.remove(notes + "2.jsonl").value();
    CHECK(shard(1).error().message.ends_with("/001/000002.jsonl is not there, and a later one is"));
  }
  SUBCASE("damaged") {
    to.put(notes + "2.jsonl", "{").value();
    CHECK(shard(1).error().code == ErrorCode::data_loss);
  }
}

TEST_CASE_FIXTURE(WithShards, "shards take no name that another snapshot has, finished or not") {
  // As a plain backup into the same directory would have made them in the same second, and those after.
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  std::set<std::string> taken;
  for (int i = 0; i < 20; ++i) {
    const std::string name = syncing::snapshot_name(now + std::chrono::seconds(i));
    const std::string keys[] = {".cloudkit/" + name + ".manifest.jsonl", name + "/of another", name + ".partial/one"};
    to.put(keys[i % 3], "not a shard's").value();
    taken.insert(name);
  }
  const auto first = done(1);
  CHECK(taken.count(first.snapshot) == 0);
  CHECK(first.fetched == 20);
  finish(2);
  finish(3);
  check_whole(60);
}

TEST_CASE_FIXTURE(WithShards, "a manifest that another backup has written is not taken for the shards' own") {
  const std::string name = done(1).snapshot;
  const Bucket shards = to;
  to = store.create_bucket("elsewhere").value();
  options.rules = {{false, "k15*"}};
  const std::string other = all();
  const std::string manifest = to.get(".cloudkit/" + other + ".manifest.jsonl").value().data;
  to = shards;
  options.rules = {};
  to.put(".cloudkit/" + name + ".manifest.jsonl", manifest).value();
  const auto second = shard(2);
  REQUIRE(!second);
  CHECK(second.error().code == ErrorCode::conflict);
  CHECK(second.error().message == "another backup has made the snapshot " + name + " meanwhile");
  CHECK(second.error().hint == "begin a new run; give shards a directory of their own");
}
