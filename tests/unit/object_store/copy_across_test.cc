#include "lossy_bucket.h"
#include "support/driver_io.h"
#include "support/scripted_bucket.h"
#include "support/temporary_directory.h"
#include "support/varied_bytes.h"

#include "crypto/checksum.h"

#include <cloudkit/local.h>
#include <cloudkit/memory.h>
#include <cloudkit/object_store.h>

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <thread>

using namespace cloudkit;
using cloudkit::test::LossyBucket;
using cloudkit::test::ScriptedBucket;
using ::test::StringSource;
using ::test::varied_bytes;

// Copies from one store to another, whose bytes come through this machine.
namespace {

const UploadLimits kTwoHundredParts{.min_part = 4, .max_part = 1000, .max_parts = 200};
const PutOptions kDressed{.content = {.type = "text/x-log", .cache_control = "no-store"},
                          .metadata = {{"owner", "ada"}}};

CopyOptions copy_in_parts(std::uint64_t part_size = 10, int workers = 0) {
  CopyOptions options;
  options.transfer.part_size = part_size;
  options.transfer.workers = workers;
  return options;
}

struct CopyAcrossFixture {
  ::test::TemporaryDirectory directory;
  std::shared_ptr<LossyBucket> from = std::make_shared<LossyBucket>();
  std::shared_ptr<LossyBucket> to = std::make_shared<LossyBucket>(kTwoHundredParts);
  Bucket source{from};
  Bucket destination{to};
  std::shared_ptr<LossyBucket> without_parts = std::make_shared<LossyBucket>();
  Bucket one_piece{without_parts};
  Bucket files = local::make_file_store(directory.path(), {.sync = false}).value().create_bucket("files").value();
  const std::string data = varied_bytes(1000);

  CopyAcrossFixture() {
    without_parts->takes_parts = false;
    REQUIRE(source.put("k", data, kDressed));
  }

  static std::string content(const Bucket& bucket, const std::string& key) {
    auto object = bucket.get(key);
    REQUIRE_MESSAGE(object, object.error().to_string());
    return std::move(object->data);
  }
  void check_nothing_came(const Bucket& bucket) {
    CHECK(bucket.list_all().value().empty());
    CHECK(to->uploads_left() == 0);
  }
  void set_checksum(std::uint64_t difference = 0) {
    crypto::RunningChecksum checksum(Checksum::Algorithm::crc32c);
    checksum.update(data);
    from->checksum = {Checksum::Algorithm::crc32c, checksum.value() ^ difference};
  }
};

}  // namespace

TEST_CASE_FIXTURE(CopyAcrossFixture, "an object of any size goes between any two stores, with all that it wears") {
  const Bucket memory = memory::make_memory_store().create_bucket("b").value();
  const std::vector<std::pair<Bucket, Bucket>> ways = {{memory, files},      {files, memory}, {memory, destination},
                                                       {files, destination}, {source, files}, {source, one_piece}};
  for (const auto& [left, right] : ways) {
    const std::string way = left.url() + " to " + right.url();
    CAPTURE(way);
    for (const std::size_t size : {0, 1, 9, 10, 11, 20, 1000}) {
      REQUIRE(left.put("some/object", varied_bytes(size), kDressed));
      const auto copied = right.copy_from(left, "some/object", "a copy", copy_in_parts());
      REQUIRE_MESSAGE(copied, copied.error().to_string());
      CHECK(copied->key == "a copy");
      CHECK(copied->size == size);
      const Object object = right.get("a copy").value();
      CHECK(object.data == varied_bytes(size));
      CHECK(object.info.token == copied->token);
      CHECK(object.info.content.type == "text/x-log");
      CHECK(object.info.content.cache_control == "no-store");
      CHECK(object.info.metadata == kDressed.metadata);
      CHECK(content(left, "some/object") == varied_bytes(size));
      REQUIRE(left.remove("some/object"));
      REQUIRE(right.remove("a copy"));
    }
  }
}

TEST_CASE_FIXTURE(CopyAcrossFixture, "prefixes hold on both sides") {
  REQUIRE(source.put("left/k", "v"));
  CHECK(files.below("right").value().copy_from(source.below("left").value(), "k", "k2").value().key == "k2");
  CHECK(content(files, "right/k2") == "v");
}

TEST_CASE_FIXTURE(CopyAcrossFixture, "a small object is one get and one put") {
  REQUIRE(destination.copy_from(source, "k", "k"));
  CHECK(from->count("get") == 1);
  CHECK(to->count("put") == 1);
  CHECK(to->count("begin") == 0);
}

TEST_CASE_FIXTURE(CopyAcrossFixture,
                  "a large one is fetched and sent part by part, by several workers, with progress") {
  for (const int workers : {1, 4}) {
    const int parts_before = to->count("part");
    const int gets_before = from->count("get");
    std::vector<TransferProgress> told;
    CopyOptions options = copy_in_parts(10, workers);
    options.transfer.progress = [&](const TransferProgress& progress) { told.push_back(progress); };
    REQUIRE(destination.copy_from(source, "k", "k", options));
    CHECK(content(destination, "k") == data);
    CHECK(to->count("part") - parts_before == 100);
    CHECK(from->count("get") - gets_before == 101);  // The first one tells what there is.
    CHECK(told.back().bytes == 1000);
    CHECK(told.back().total == 1000);
    CHECK(std::is_sorted(told.begin(), told.end(), [](const auto& a, const auto& b) { return a.bytes < b.bytes; }));
  }
}

TEST_CASE_FIXTURE(CopyAcrossFixture, "the memory that it takes is a part a worker") {
  std::atomic<int> under_way{0};
  std::atomic<int> most{0};
  from->before_get = [&](const GetOptions& options) -> Status {
    if (options.range) most = std::max(most.load(), ++under_way);
    return {};
  };
  to->before_part = [&](const PutPartRequest&) -> Status {
    std::this_thread::yield();
    --under_way;
    return {};
  };
  REQUIRE(destination.copy_from(source, "k", "k", copy_in_parts(10, 3)));
  CHECK(most <= 3);
}

TEST_CASE_FIXTURE(CopyAcrossFixture, "headers and metadata may be replaced, each alone") {
  for (const Bucket& bucket : {destination, one_piece}) {
    REQUIRE(bucket.copy_from(source, "k", "a", {.content = ContentHeaders{.type = "image/png"}}));
    CHECK(bucket.head("a")->content.type == "image/png");
    CHECK(bucket.head("a")->content.cache_control.empty());
    CHECK(bucket.head("a")->metadata == kDressed.metadata);
    REQUIRE(bucket.copy_from(source, "k", "b", {.metadata = Metadata{{"Owner", "bob"}}}));
    CHECK(bucket.head("b")->content.type == "text/x-log");
    CHECK(bucket.head("b")->metadata == Metadata{{"owner", "bob"}});
    REQUIRE(bucket.copy_from(source, "k", "c.json", {.content = ContentHeaders{}}));
    CHECK(bucket.head("c.json")->content.type == "application/json");
  }
}

TEST_CASE_FIXTURE(CopyAcrossFixture, "the id of the source's write stays with it") {
  REQUIRE(source.put("new", data, {.condition = Condition::absent()}));
  REQUIRE(from->inner().head("new", {})->metadata.contains("ckwrite"));
  REQUIRE(destination.copy_from(source, "new", "new"));
  CHECK(to->inner().head("new", {})->metadata.empty());
}

TEST_CASE_FIXTURE(CopyAcrossFixture, "a condition of the destination holds, in parts and in one piece") {
  CopyOptions options = copy_in_parts();
  options.condition = Condition::absent();
  for (const Bucket& bucket : {destination, one_piece}) {
    REQUIRE(bucket.copy_from(source, "k", "new", options));
    REQUIRE(bucket.put("old", "stays"));
    const auto refused = bucket.copy_from(source, "k", "old", options);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::precondition_failed);
    CHECK(refused.error().message.starts_with("writing the copy: "));
    CHECK(refused.error().operation == "copy");
    CHECK(refused.error().resource == source.url("k") + " to " + bucket.url("old"));
    CHECK(content(bucket, "old") == "stays");
  }
  CHECK(to->uploads_left() == 0);
  options.condition = Condition::match("a token");
  CHECK(destination.copy_from(source, "k", "new", options).error().message == "copy takes Condition::absent only");
}

TEST_CASE_FIXTURE(CopyAcrossFixture,
                  "a source that is replaced meanwhile is an error, never a mixture, and leaves nothing") {
  for (const bool ignores_conditions : {false, true}) {
    for (const Bucket& bucket : {destination, one_piece}) {
      for (const int workers : {1, 4}) {
        REQUIRE(source.put("k", data));
        from->ignores_conditions = ignores_conditions;
        std::atomic<int> gets{0};
        from->before_get = [&](const GetOptions&) -> Status {
          if (++gets == 20) CHECK(from->inner().put("k", StringSource(varied_bytes(1000)), {}));
          return {};
        };
        const auto changed = bucket.copy_from(source, "k", "k", copy_in_parts(10, workers));
        REQUIRE_FALSE(changed);
        // No condition of the caller's, and so no word of the destination.
        CHECK(changed.error().code == ErrorCode::conflict);
        CHECK(changed.error().retryable);
        CHECK(changed.error().message == "reading the source: the object changed while it was read");
        check_nothing_came(bucket);
      }
    }
  }
}

TEST_CASE_FIXTURE(CopyAcrossFixture,
                  "a backend that honours no conditions on gets is pinned by the token of each reply") {
  from->conditional_gets = false;
  from->before_get = [](const GetOptions& options) -> Status {
    CHECK_FALSE(options.condition);
    return {};
  };
  for (const Bucket& bucket : {destination, one_piece}) {
    REQUIRE(bucket.copy_from(source, "k", "k", copy_in_parts()));
    CHECK(content(bucket, "k") == data);
    REQUIRE(bucket.remove("k"));
  }
  std::atomic<int> gets{0};
  from->before_get = [&](const GetOptions&) -> Status {
    if (++gets == 20) CHECK(from->inner().put("k", StringSource(varied_bytes(1000)), {}));
    return {};
  };
  CHECK(destination.copy_from(source, "k", "k", copy_in_parts()).error().code == ErrorCode::conflict);
  check_nothing_came(destination);
}

TEST_CASE_FIXTURE(CopyAcrossFixture, "the whole has the checksum that the source keeps, or is not published") {
  for (const Bucket& bucket : {destination, one_piece}) {
    for (const std::uint64_t part_size : {10, 999, 1000}) {
      set_checksum();
      REQUIRE(bucket.copy_from(source, "k", "k", copy_in_parts(part_size)));
      CHECK(content(bucket, "k") == data);
      REQUIRE(bucket.remove("k"));

      set_checksum(1);
      const auto wrong = bucket.copy_from(source, "k", "k", copy_in_parts(part_size));
      REQUIRE_FALSE(wrong);
      CHECK(wrong.error().code == ErrorCode::data_loss);
      CHECK(wrong.error().message ==
            "reading the source: the bytes do not have the checksum that the service keeps for them");
      CHECK(wrong.error().hint == "nothing was stored; try again");
      check_nothing_came(bucket);
    }
  }
}

TEST_CASE_FIXTURE(CopyAcrossFixture, "an error says which side failed, and is as that side gave it") {
  const auto missing = destination.copy_from(source, "nothing", "k");
  CHECK(missing.error().code == ErrorCode::not_found);
  CHECK(missing.error().message.starts_with("reading the source: "));
  CHECK(to->count("put") == 0);

  for (const Bucket& bucket : {destination, one_piece}) {
    from->before_get = [](const GetOptions& options) -> Status {
      if (!options.range || options.range->offset < 500) return {};
      Error error = core::fail(ErrorCode::unavailable, "no route");
      error.retryable = true;
      return error;
    };
    const auto broken = bucket.copy_from(source, "k", "k", copy_in_parts());
    REQUIRE_FALSE(broken);
    CHECK(broken.error().code == ErrorCode::unavailable);
    CHECK(broken.error().message == "reading the source: no route");
    CHECK(broken.error().retryable);
    CHECK_FALSE(broken.error().may_have_happened);
    check_nothing_came(bucket);
  }
  from->before_get = nullptr;

  to->before_part = [](const PutPartRequest& request) -> Status {
    if (request.number == 70) return core::fail(ErrorCode::permission_denied, "not here");
    return {};
  };
  const auto refused = destination.copy_from(source, "k", "k", copy_in_parts());
  CHECK(refused.error().code == ErrorCode::permission_denied);
  CHECK(refused.error().message == "writing the copy: not here");
  check_nothing_came(destination);

  to->max_put_size = 5;
  to->conditional_uploads = false;
  const auto large = destination.copy_from(source, "k", "k", {.condition = Condition::absent()});
  CHECK(large.error().code == ErrorCode::unsupported);
  CHECK(large.error().message == "writing the copy: it has 1000 bytes, and this backend takes 5 in one request");
}

TEST_CASE_FIXTURE(CopyAcrossFixture, "a put that tries again does not multiply the tries of its source") {
  // As an attempt loop does, with what may be tried again.
  struct Stubborn final : ForwardingBucket {
    using ForwardingBucket::ForwardingBucket;
    Result<ObjectInfo> put(std::string_view key, const Source& bytes, const PutOptions& options) override {
      for (int tries = 1;; ++tries) {
        auto info = ForwardingBucket::put(key, bytes, options);
        if (info || !info.error().retryable || tries == 4) return info;
      }
    }
  };
  int gets = 0;
  from->before_get = [&](const GetOptions& options) -> Status {
    if (!options.range) return {};
    ++gets;
    return LossyBucket::lost();
  };
  to->fates = {LossyBucket::Fate::request_is_lost};
  CopyOptions options = copy_in_parts(10, 1);
  to->conditional_uploads = false;
  options.condition = Condition::absent();
  const Bucket stubborn(std::make_shared<Stubborn>(to));
  CHECK_FALSE(stubborn.copy_from(source, "k", "k", options));
  CHECK(gets == 1);
  // Lost once on its way, the put reads all of it again.
  from->before_get = nullptr;
  to->fates = {LossyBucket::Fate::request_is_lost};
  set_checksum();
  REQUIRE(stubborn.copy_from(source, "k", "k", options));
  CHECK(content(destination, "k") == data);
}

TEST_CASE_FIXTURE(CopyAcrossFixture, "a cancelled copy stops and leaves nothing") {
  for (const Bucket& bucket : {destination, one_piece}) {
    CopyOptions options = copy_in_parts();
    options.context = Context::cancellable();
    from->before_get = [&](const GetOptions& get) -> Status {
      if (get.range && get.range->offset >= 300) options.context.cancel();
      return {};
    };
    const auto stopped = bucket.copy_from(source, "k", "k", options);
    CHECK(stopped.error().code == ErrorCode::cancelled);
    CHECK(stopped.error().message.find("source") == std::string::npos);
    check_nothing_came(bucket);
  }
}

TEST_CASE("what the source's store holds and the destination's does not is refused before anything is sent") {
  auto from = std::make_shared<ScriptedBucket>();
  from->gets = {[](const GetOptions&, ObjectReceiver& receiver) -> Result<ObjectInfo> {
    ObjectInfo info;
    info.token = "t1";
    info.metadata = {{"name", "Z\xC3\xBCrich"}};
    if (auto status = receiver.begin(info, 0, 0); !status) return status.error();
    return info;
  }};
  auto to = std::make_shared<LossyBucket>();
  const auto refused = Bucket(to).copy_from(Bucket(from), "k", "k");
  CHECK(refused.error().code == ErrorCode::invalid_argument);
  CHECK(refused.error().message == "writing the copy: the value of metadata \"name\" is not printable ASCII");
  CHECK(to->count("put") == 0);
}

TEST_CASE("without a token only what one reply brings can be copied") {
  const auto serve = [](const GetOptions&, ObjectReceiver& receiver) -> Result<ObjectInfo> {
    ObjectInfo info;
    info.size = 20;
    if (auto status = receiver.begin(info, 0, 20); !status) return status.error();
    if (auto status = receiver.write("0123456789abcdefghij"); !status) return status.error();
    return info;
  };
  auto from = std::make_shared<ScriptedBucket>();
  from->gets = {serve, serve};
  const Bucket destination(std::make_shared<LossyBucket>(kTwoHundredParts));
  REQUIRE(destination.copy_from(Bucket(from), "k", "k"));
  CHECK(destination.get("k")->data == "0123456789abcdefghij");
  const auto refused = destination.copy_from(Bucket(from), "k", "k2", copy_in_parts());
  CHECK(refused.error().code == ErrorCode::unsupported);
  CHECK(refused.error().message.starts_with("reading the source: this backend gives objects no token"));
  CHECK_FALSE(destination.exists("k2").value());
}

TEST_CASE_FIXTURE(CopyAcrossFixture, "bad arguments touch neither side") {
  CHECK(destination.copy_from(source, "", "k").error().code == ErrorCode::invalid_argument);
  CHECK(destination.copy_from(source, "k", "").error().code == ErrorCode::invalid_argument);
  CHECK(files.copy_from(source, "k", "a/../b").error().code == ErrorCode::invalid_argument);
  CopyOptions options;
  options.transfer.resume = true;
  CHECK(destination.copy_from(source, "k", "k", options).error().message ==
        "only the transfer of a File can be resumed");
  CHECK(files.copy_from(source, "k", "k", {.storage_class = "COLD"}).error().code == ErrorCode::unsupported);
  CHECK(from->count("get") == 0);
}
