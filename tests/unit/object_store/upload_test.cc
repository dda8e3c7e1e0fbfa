#include "lossy_bucket.h"
#include "support/driver_io.h"
#include "support/forwarding_bucket.h"
#include "support/temporary_directory.h"
#include "support/varied_bytes.h"
#include "unit/object_store/memory_bucket.h"

#include <cloudkit/object_store.h>

#include <doctest/doctest.h>

#include <fstream>
#include <stdexcept>

using namespace cloudkit;
using cloudkit::test::Fate;
using cloudkit::test::in_parts;
using cloudkit::test::LossyBucket;
using ::test::varied_bytes;

namespace {

const UploadLimits kLimits{.min_part = 4, .max_part = 1000, .max_parts = 100};

struct UploadFixture {
  std::shared_ptr<LossyBucket> driver = std::make_shared<LossyBucket>(kLimits);
  Bucket bucket{driver};

  void check_nothing_left() {
    CHECK(driver->uploads_left() == 0);
    CHECK_FALSE(bucket.exists("k").value());
  }
};

}  // namespace

namespace {

// Says of the last part that it keeps a byte back, as stores of ordered parts may; and loses it.
struct KeepsLess : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  UploadLimits upload_limits() const override {
    UploadLimits limits = inner_->upload_limits();
    limits.ordered = ordered;
    limits.alignment = ordered ? 10 : 1;
    return limits;
  }
  Result<PutPartResult> put_part(const PutPartRequest& request, const Source& part) override {
    auto sent = inner_->put_part(request, part);
    if (!sent || !request.last) return sent;
    sent->part.size -= held;
    sent->persisted_until -= held;
    return sent;
  }
  Result<ObjectInfo> complete_upload(std::string_view key, const UploadId& upload, const std::vector<UploadPart>& parts,
                                     const PutOptions& options) override {
    std::vector<UploadPart> whole = parts;
    whole.back().size += held;
    auto info = inner_->complete_upload(key, upload, whole, options);
    if (info) info->size -= lost;
    return info;
  }
  bool ordered = true;
  std::uint64_t held = 1;
  std::uint64_t lost = 0;
};

}  // namespace

TEST_CASE("only a store of ordered parts may hold back what is left of the last unit, and must not lose it") {
  const auto driver = std::make_shared<KeepsLess>(::memory("keeps-less"));
  const Bucket bucket(driver);
  CHECK(bucket.put("k", varied_bytes(95), in_parts()));
  driver->lost = 1;
  auto error = bucket.put("k", varied_bytes(95), in_parts()).error();
  CHECK(error.code == ErrorCode::data_loss);
  CHECK(error.message == "95 bytes were sent, the store has 94");
  CHECK(error.may_have_happened);
  driver->lost = 0;
  driver->ordered = false;
  error = bucket.put("k", varied_bytes(95), in_parts()).error();
  CHECK(error.code == ErrorCode::data_loss);
  CHECK(error.message == "the store kept 94 of the first 95 bytes");
}

TEST_CASE_FIXTURE(UploadFixture, "a large object travels in parts and arrives whole, whatever its size is") {
  for (const std::size_t size : {11, 19, 20, 21, 95, 1000}) {
    const std::string data = varied_bytes(size);
    PutOptions options = in_parts();
    options.metadata = {{"owner", "ada"}};
    const auto info = bucket.put("k.txt", data, options);
    REQUIRE_MESSAGE(info, info.error().to_string());
    CHECK(info->size == size);
    const auto object = bucket.get("k.txt").value();
    CHECK(object.data == data);
    CHECK(object.info.token == info->token);
    CHECK(object.info.content.type == "text/plain");
    CHECK(object.info.metadata == Metadata{{"owner", "ada"}});
  }
  CHECK(driver->count("put") == 0);
  CHECK(driver->count("abort") == 0);
  CHECK(driver->uploads_left() == 0);
}

TEST_CASE_FIXTURE(UploadFixture, "a small object is one put") {
  CHECK(bucket.put("k", varied_bytes(10), in_parts()));
  CHECK(bucket.put("k", "", in_parts()));
  CHECK(driver->count("put") == 2);
  CHECK(driver->count("begin") == 0);
}

TEST_CASE_FIXTURE(UploadFixture,
                  "without being asked, parts are used where the backend is faster with them, or takes no more") {
  driver->use_from = 50;
  CHECK(bucket.put("k", varied_bytes(49)));
  CHECK(driver->count("begin") == 0);
  CHECK(bucket.put("k", varied_bytes(50)));
  CHECK(driver->count("begin") == 1);
  driver->use_from = 0;
  driver->max_put_size = 60;
  CHECK(bucket.put("k", varied_bytes(60)));
  CHECK(driver->count("begin") == 1);
  CHECK(bucket.put("k", varied_bytes(61)));
  CHECK(driver->count("begin") == 2);
}

TEST_CASE_FIXTURE(UploadFixture, "one part fails for good: the others end, and what was sent is taken back") {
  driver->before_part = [](const PutPartRequest& request) -> Status {
    if (request.number == 7) return core::fail(ErrorCode::permission_denied, "not this one");
    return {};
  };
  const auto error = bucket.put("k", varied_bytes(200), in_parts()).error();
  CHECK(error.code == ErrorCode::permission_denied);
  CHECK(error.message == "not this one");
  CHECK(error.resource == bucket.url("k"));
  CHECK(driver->count("abort") == 1);
  CHECK(driver->count("complete") == 0);
  check_nothing_left();
}

TEST_CASE_FIXTURE(UploadFixture,
                  "an upload that ends before its completion has not happened, whatever became of a part") {
  driver->before_part = [](const PutPartRequest&) -> Status { return LossyBucket::lost(); };
  CHECK_FALSE(bucket.put("k", varied_bytes(20), in_parts()).error().may_have_happened);
  check_nothing_left();
}

TEST_CASE_FIXTURE(UploadFixture, "parts that cannot be taken back are spoken of: somebody pays for them") {
  driver->abort_fails = true;
  driver->before_part = [](const PutPartRequest&) -> Status { return core::fail(ErrorCode::io, "broken"); };
  CHECK(bucket.put("k", varied_bytes(20), in_parts()).error().message ==
        "broken; the parts sent so far could not be removed: no route");
}

TEST_CASE_FIXTURE(UploadFixture, "a cancelled upload is taken back, although its context is cancelled") {
  PutOptions options = in_parts();
  options.context = Context::cancellable();
  driver->before_part = [&](const PutPartRequest& request) -> Status {
    if (request.number == 3) options.context.cancel();
    return request.context.check();
  };
  CHECK(bucket.put("k", varied_bytes(200), options).error().code == ErrorCode::cancelled);
  CHECK(driver->count("abort") == 1);
  check_nothing_left();
}

TEST_CASE_FIXTURE(UploadFixture, "a lost reply to the completion is settled by the object itself") {
  driver->fates = {Fate::reply_is_lost};
  const auto info = bucket.put("k", varied_bytes(100), in_parts());
  REQUIRE_MESSAGE(info, info.error().to_string());
  CHECK(bucket.get("k").value().data == varied_bytes(100));
  CHECK(info->metadata.empty());
}

TEST_CASE_FIXTURE(UploadFixture,
                  "a completion that was answered 503 and then refused is settled by the object itself") {
  PutOptions options = in_parts();
  options.condition = Condition::absent();
  driver->fates = {Fate::refused_again};
  REQUIRE(bucket.put("k", varied_bytes(100), options));
  CHECK(bucket.get("k").value().data == varied_bytes(100));
  CHECK(driver->count("complete") == 1);
  // It is another's: the error stays.
  driver->fates = {Fate::refused_again};
  const auto error = bucket.put("k", std::string(100, '#'), options).error();
  CHECK(error.code == ErrorCode::precondition_failed);
  CHECK(error.message == "the condition did not hold");
  CHECK(bucket.get("k").value().data == varied_bytes(100));
}

TEST_CASE_FIXTURE(UploadFixture, "a completion that never arrived is an error, and nothing is left") {
  driver->fates = {Fate::request_is_lost};
  const auto error = bucket.put("k", varied_bytes(100), in_parts()).error();
  CHECK(error.code == ErrorCode::unavailable);
  CHECK(error.may_have_happened);
  check_nothing_left();
}

TEST_CASE_FIXTURE(UploadFixture, "somebody else's object of the same size is not taken for this write") {
  driver->fates = {Fate::request_is_lost};
  REQUIRE(::test::put(driver->inner(), "k", varied_bytes(100)));
  CHECK_FALSE(bucket.put("k", varied_bytes(100), in_parts()));
}

TEST_CASE_FIXTURE(UploadFixture, "conditions hold for uploads in parts, and are not given up for parts") {
  PutOptions absent = in_parts();
  absent.condition = Condition::absent();
  CHECK(bucket.put("k", varied_bytes(50), absent));
  CHECK(bucket.put("k", varied_bytes(60), absent).error().code == ErrorCode::precondition_failed);
  CHECK(driver->uploads_left() == 0);
  CHECK(bucket.get("k").value().data == varied_bytes(50));
  CHECK(driver->count("begin") == 2);

  driver->conditional_uploads = false;
  CHECK(bucket.put("other", varied_bytes(50), absent));
  CHECK(driver->count("put") == 1);
  driver->max_put_size = 40;
  const auto refused = bucket.put("third", varied_bytes(50), absent).error();
  CHECK(refused.code == ErrorCode::unsupported);
  CHECK(refused.message == "it has 50 bytes, and this backend takes 40 in one request");
  CHECK(refused.hint == "without its condition it could travel in parts");
}

TEST_CASE_FIXTURE(UploadFixture, "a file that changes while it is uploaded is not published") {
  const ::test::TemporaryDirectory directory;
  const std::string path = directory.path() + "/file";
  std::ofstream(path) << varied_bytes(100);
  driver->before_part = [&](const PutPartRequest& request) -> Status {
    if (request.number == 2) std::ofstream(path, std::ios::app) << "more";
    return {};
  };
  PutOptions options = in_parts();
  options.transfer.workers = 1;
  const auto error = bucket.put("k", File{path}, options).error();
  CHECK(error.code == ErrorCode::io);
  CHECK(error.message == path + " changed while it was read");
  check_nothing_left();
}

TEST_CASE_FIXTURE(UploadFixture, "an exception of the caller's source leaves nothing behind") {
  struct Throwing final : Source {
    std::uint64_t size() const noexcept override { return 100; }
    Result<std::size_t> read_at(std::uint64_t, std::span<char>) const override { throw std::runtime_error("mine"); }
  };
  CHECK_THROWS_WITH((void)bucket.put("k", Throwing(), in_parts()), "mine");
  check_nothing_left();
}

TEST_CASE_FIXTURE(UploadFixture, "progress goes up to the whole, and is told at the end") {
  std::vector<std::uint64_t> seen;
  PutOptions options = in_parts();
  options.transfer.progress = [&](const TransferProgress& progress) {
    CHECK(progress.total == 100);
    seen.push_back(progress.bytes);
  };
  CHECK(bucket.put("k", varied_bytes(100), options));
  REQUIRE_FALSE(seen.empty());
  CHECK(std::is_sorted(seen.begin(), seen.end()));
  CHECK(seen.back() == 100);
}

TEST_CASE_FIXTURE(UploadFixture, "a copy that one request cannot make is made in parts, with all attributes") {
  PutOptions options;
  options.metadata = {{"owner", "ada"}};
  options.content.type = "text/css";
  CHECK(bucket.put("from", varied_bytes(500), options));
  driver->max_copy_size = 100;
  const auto info = bucket.copy("from", "to");
  REQUIRE_MESSAGE(info, info.error().to_string());
  CHECK(info->key == "to");
  const auto object = bucket.get("to").value();
  CHECK(object.data == varied_bytes(500));
  CHECK(object.info.metadata == Metadata{{"owner", "ada"}});
  CHECK(object.info.content.type == "text/css");
  CHECK(object.info.storage_class.empty());
  CHECK(driver->count("copy_part") == 1);
}

TEST_CASE_FIXTURE(UploadFixture, "a copy in parts takes the tags along, as one in a request does") {
  REQUIRE(bucket.put("from", varied_bytes(500)));
  REQUIRE(bucket.set_tags("from", {{"a", "b"}}));
  driver->max_copy_size = 100;
  SUBCASE("and says when they are lost") {
    driver->tags_fail = true;
    const auto error = bucket.copy("from", "to").error();
    CHECK(error.code == ErrorCode::unavailable);
    CHECK(error.message == "the object is copied, but the tags are lost: connection reset");
    CHECK(error.may_have_happened);
    CHECK(bucket.exists("to").value());
  }
  SUBCASE("to another key, and onto itself") {
    for (const char* to : {"to", "from"}) {
      REQUIRE(bucket.copy("from", to));
      CHECK(bucket.get_tags(to).value() == Tags{{"a", "b"}});
    }
    CHECK(driver->count("copy_part") == 2);
  }
  SUBCASE("unless the server has none") {
    driver->knows_tags = false;
    const int set_before = driver->count("set_tags");
    REQUIRE(bucket.copy("from", "to"));
    REQUIRE(bucket.set_metadata("from", {.metadata = Metadata{}}));
    CHECK(driver->count("set_tags") == set_before);
  }
}

TEST_CASE_FIXTURE(UploadFixture, "without tags a copy in parts sets none") {
  REQUIRE(bucket.put("from", varied_bytes(500)));
  driver->max_copy_size = 100;
  REQUIRE(bucket.copy("from", "to"));
  CHECK(driver->count("set_tags") == 0);
}

TEST_CASE_FIXTURE(UploadFixture, "a copy in parts gets the storage class that was asked for") {
  CHECK(bucket.put("from", varied_bytes(500), {.storage_class = "COLD"}));
  driver->max_copy_size = 100;
  CHECK(bucket.copy("from", "to", {.storage_class = "ARCHIVE"}));
  CHECK(bucket.head("to").value().storage_class == "ARCHIVE");
  CHECK(driver->count("copy_part") == 1);
}

TEST_CASE_FIXTURE(UploadFixture,
                  "metadata of an object that one request cannot copy are set by a copy in parts, and all else stays") {
  PutOptions options;
  options.metadata = {{"owner", "ada"}};
  options.content.type = "text/css";
  options.storage_class = "COLD";
  REQUIRE(bucket.put("k", varied_bytes(500), options));
  REQUIRE(bucket.set_tags("k", {{"a", "b"}}));
  driver->max_copy_size = 100;
  const auto info = bucket.set_metadata("k", {.metadata = Metadata{{"owner", "bob"}}});
  REQUIRE_MESSAGE(info, info.error().to_string());
  CHECK(info->key == "k");
  CHECK(info->metadata == Metadata{{"owner", "bob"}});
  const auto object = bucket.get("k").value();
  CHECK(object.data == varied_bytes(500));
  CHECK(object.info.token == info->token);
  CHECK(object.info.metadata == Metadata{{"owner", "bob"}});
  CHECK(object.info.content.type == "text/css");
  CHECK(object.info.storage_class == "COLD");
  CHECK(bucket.get_tags("k").value() == Tags{{"a", "b"}});
  CHECK(driver->count("copy_part") == 1);

  const auto stale = bucket.set_metadata("k", {.condition = Condition::match("stale"), .metadata = Metadata{}});
  CHECK(stale.error().code == ErrorCode::precondition_failed);
  CHECK(bucket.set_metadata("k", {.condition = Condition::match(info->token), .metadata = Metadata{}}));
  CHECK(driver->uploads_left() == 0);
}

TEST_CASE_FIXTURE(UploadFixture, "setting metadata by a copy in parts does not bring an older content back") {
  REQUIRE(bucket.put("k", varied_bytes(500)));
  driver->max_copy_size = 100;
  const auto replace = [&] { REQUIRE(::test::put(driver->inner(), "k", varied_bytes(300))); };
  SUBCASE("while parts are copied") { driver->before_copy_part = replace; }
  SUBCASE("before the last step") { driver->before_complete = replace; }
  const auto error = bucket.set_metadata("k", {.metadata = Metadata{}}).error();
  CHECK(error.code == ErrorCode::conflict);
  CHECK(bucket.get("k").value().data == varied_bytes(300));
  CHECK(driver->uploads_left() == 0);
}

TEST_CASE_FIXTURE(UploadFixture, "metadata that are set although the tags are lost say so") {
  REQUIRE(bucket.put("k", varied_bytes(500)));
  REQUIRE(bucket.set_tags("k", {{"a", "b"}}));
  driver->max_copy_size = 100;
  driver->tags_fail = true;
  const auto error = bucket.set_metadata("k", {.metadata = Metadata{}}).error();
  CHECK(error.message == "the metadata are set, but the tags are lost: connection reset");
  CHECK(error.may_have_happened);
}

TEST_CASE_FIXTURE(UploadFixture,
                  "without conditions of uploads metadata do not travel in parts: they could bring old content back") {
  const auto token = bucket.put("k", varied_bytes(500)).value().token;
  driver->max_copy_size = 100;
  driver->conditional_uploads = false;
  for (const Condition& condition : {Condition{}, Condition::match(token)}) {
    CHECK(bucket.set_metadata("k", {.condition = condition, .metadata = Metadata{}}).error().code ==
          ErrorCode::unsupported);
  }
  CHECK(driver->count("begin") == 0);
}

TEST_CASE_FIXTURE(UploadFixture, "bad limits are refused before anything is sent") {
  CHECK(bucket.put("k", varied_bytes(100), in_parts(3)).error().code == ErrorCode::invalid_argument);
  CHECK(driver->count("begin") == 0);
}
