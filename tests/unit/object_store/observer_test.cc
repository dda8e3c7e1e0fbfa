#include "lossy_bucket.h"
#include "reader_fixture.h"
#include "support/told_operations.h"
#include "support/varied_bytes.h"

#include <cloudkit/memory.h>
#include <cloudkit/object_store.h>

#include <doctest/doctest.h>

#include <optional>
#include <stdexcept>
#include <utility>

using namespace cloudkit;
using cloudkit::test::in_blocks;
using cloudkit::test::in_parts;
using cloudkit::test::LossyBucket;
using cloudkit::test::Operations;
using cloudkit::test::read;
using ::test::varied_bytes;

namespace {

using Lines = std::vector<std::string>;

// Its pages hold one entry, and a later one than the first may fail.
class PagedBucket final : public ForwardingBucket {
 public:
  using ForwardingBucket::ForwardingBucket;
  Result<ListPage> list_page(const ListPageRequest& request) override {
    if (breaks && !request.page_token.empty()) return LossyBucket::lost();
    if (throws && !request.page_token.empty()) throw std::runtime_error("a driver's own");
    ListPageRequest one = request;
    one.page_size = 1;
    return inner_->list_page(one);
  }
  bool breaks = false;
  bool throws = false;
};

// Of the calls that a test begins with nobody hears.
struct ObservedStore {
  ObservedStore() {
    for (const char* key : {"a", "b", "c"}) REQUIRE(plain.put(key, "x"));
    set_observer(operations);
  }
  ObservedStore(const ObservedStore&) = delete;
  ObservedStore& operator=(const ObservedStore&) = delete;
  ~ObservedStore() { set_observer(nullptr); }

  ObjectStore store = memory::make_memory_store();
  Bucket plain = store.create_bucket("b", {.versioned = true}).value();
  std::shared_ptr<PagedBucket> driver = std::make_shared<PagedBucket>(plain.driver());
  Bucket bucket{driver};
  std::shared_ptr<Operations> operations = std::make_shared<Operations>();
};

struct ObservedStream {
  ObservedStream() {
    REQUIRE(bucket.put("k", data));
    set_observer(operations);
  }
  ObservedStream(const ObservedStream&) = delete;
  ObservedStream& operator=(const ObservedStream&) = delete;
  ~ObservedStream() { set_observer(nullptr); }

  std::shared_ptr<LossyBucket> driver =
      std::make_shared<LossyBucket>(UploadLimits{.min_part = 4, .max_part = 1000, .max_parts = 100});
  Bucket bucket{driver};
  const std::string data = varied_bytes(100);
  std::shared_ptr<Operations> operations = std::make_shared<Operations>();
};

}  // namespace

TEST_CASE_FIXTURE(ObservedStore, "an observer hears of each call of a store, also of those that failed") {
  CHECK(store.account());
  CHECK(store.create_bucket("new"));
  CHECK_FALSE(store.create_bucket("new"));
  CHECK(store.bucket_exists("new").value());
  CHECK(store.list_buckets());
  CHECK(store.delete_bucket("new"));
  CHECK_FALSE(store.delete_bucket("new"));
  CHECK(operations->lines() == Lines{"account mem:// ok", "create_bucket mem://new ok",
                                     "create_bucket mem://new already_exists", "bucket_exists mem://new ok",
                                     "list_buckets mem:// ok", "delete_bucket mem://new ok",
                                     "delete_bucket mem://new not_found"});
  CHECK(operations->all_took_time());
}

TEST_CASE_FIXTURE(ObservedStore, "a listing is told once, after its last entry, and not by each page") {
  Listing listing = bucket.list({.prefix = ""});
  CHECK(operations->lines().empty());
  for (const auto& entry : listing) {
    CHECK(entry);
    CHECK(operations->lines().empty());
  }
  CHECK(operations->lines() == Lines{"list mem://b/ ok"});
  CHECK(listing.begin() == listing.end());
  listing = bucket.list();
  CHECK(operations->lines().size() == 1);
  CHECK(operations->all_took_time());
  CHECK(bucket.list_all({.prefix = "a"}).value().size() == 1);
  CHECK(operations->lines() == Lines{"list mem://b/ ok", "list mem://b/a ok"});
}

TEST_CASE_FIXTURE(ObservedStore, "a listing that its owner drops is told when it goes, unless it made no step") {
  for (const bool prefetch : {false, true}) {
    Listing listing = bucket.list({.prefetch = prefetch});
    CHECK(listing.begin() != listing.end());
  }
  CHECK(operations->lines() == Lines{"list mem://b/ ok", "list mem://b/ ok"});
  (void)bucket.list();
  CHECK(operations->lines().size() == 2);
}

TEST_CASE_FIXTURE(ObservedStore, "a listing that fails is told with its error, once") {
  driver->breaks = true;
  {
    Listing listing = bucket.list();
    for (const auto& entry : listing) (void)entry;
    CHECK(operations->lines() == Lines{"list mem://b/ unavailable"});
  }
  CHECK_FALSE(bucket.list_all({.page_size = -1}));
  CHECK(operations->lines() == Lines{"list mem://b/ unavailable", "list mem://b/ invalid_argument"});
}

TEST_CASE_FIXTURE(ObservedStore, "a listing that an exception ends is not told as a success") {
  driver->throws = true;
  CHECK_THROWS((void)bucket.list_all());
  CHECK(operations->lines().empty());
}

TEST_CASE_FIXTURE(ObservedStore,
                  "a listing tells the observer that it began with, beside the calls between its steps") {
  const auto later = std::make_shared<Operations>();
  for (const auto& entry : bucket.list()) {
    set_observer(later);
    CHECK(plain.head(entry.value().key));
  }
  CHECK(operations->lines() == Lines{"list mem://b/ ok"});
  CHECK(later->lines() == Lines{"head mem://b/a ok", "head mem://b/b ok", "head mem://b/c ok"});
}

TEST_CASE_FIXTURE(ObservedStore, "listings of versions and of uploads are told as those of objects are") {
  for (const auto& entry : plain.list_versions({.prefix = "a"})) CHECK(entry);
  for (const auto& entry : plain.list_uploads({.prefix = "a"})) CHECK(entry);
  CHECK(operations->lines() == Lines{"list_versions mem://b/a ok", "list_uploads mem://b/a ok"});
}

TEST_CASE_FIXTURE(ObservedStore, "many removals are told as one, with the first failure of the report") {
  CHECK(bucket.remove_many(Lines{"a", "b"}).status());
  CHECK_FALSE(bucket.remove_many(Lines{"c", ""}).status());
  CHECK(operations->lines() == Lines{"remove_many mem://b ok", "remove_many mem://b invalid_argument"});
}

TEST_CASE_FIXTURE(ObservedStore,
                  "a remove_all is told by its prefix, after the list that it makes, not by each removal") {
  CHECK(bucket.remove_all("a").status());
  CHECK(operations->lines() == Lines{"list mem://b/a ok", "remove_all mem://b/a ok"});
  driver->breaks = true;
  CHECK_FALSE(bucket.remove_all("").status());
  CHECK(operations->lines().back() == "remove_all mem://b/ unavailable");
}

TEST_CASE_FIXTURE(ObservedStore, "what is refused for its options is told, too") {
  std::string room(1, '#');
  CHECK_FALSE(bucket.get_if_changed("a", "token", {.condition = Condition::match("token")}));
  CHECK_FALSE(bucket.read_at("a", 0, room, {.range = ByteRange{0, 1, false}}));
  CHECK(operations->lines() == Lines{"get mem://b/a invalid_argument", "read_at mem://b/a invalid_argument"});
}

TEST_CASE_FIXTURE(ObservedStream, "a streamed write is told by finish, with what was written, and not at its opening") {
  ObjectWriter writer = bucket.open_writer("new", in_parts()).value();
  CHECK(writer.write(data));
  CHECK(operations->lines().empty());
  CHECK(writer.finish());
  CHECK(writer.finish());
  CHECK_FALSE(writer.write("more"));
  CHECK(writer.abandon());
  CHECK(operations->lines() == Lines{"write mem://b/new ok 100 bytes"});
  CHECK(operations->all_took_time());
}

TEST_CASE_FIXTURE(ObservedStream,
                  "a streamed write that cannot be opened, written or finished is told once, as failed") {
  CHECK_FALSE(bucket.open_writer("", in_parts()));
  CHECK(operations->lines() == Lines{"write mem://b/ invalid_argument"});
  {
    driver->fates = {LossyBucket::Fate::request_is_lost};
    ObjectWriter writer = bucket.open_writer("new").value();
    CHECK(writer.write("short"));
    CHECK_FALSE(writer.finish());
    CHECK_FALSE(writer.finish());
    CHECK(operations->lines().back() == "write mem://b/new unavailable 5 bytes");
  }
  {
    driver->before_part = [](const PutPartRequest&) -> Status { return Error(ErrorCode::permission_denied, "no"); };
    ObjectWriter writer = bucket.open_writer("new", in_parts()).value();
    (void)writer.write(data);
    CHECK_FALSE(writer.finish());
    CHECK(operations->lines().back().starts_with("write mem://b/new permission_denied"));
  }
  CHECK(operations->lines().size() == 3);
}

TEST_CASE_FIXTURE(ObservedStream, "a streamed write that is abandoned, or dropped, is told as cancelled") {
  ObjectWriter abandoned = bucket.open_writer("new").value();
  CHECK(abandoned.write("short"));
  CHECK(abandoned.abandon());
  CHECK(operations->lines() == Lines{"write mem://b/new cancelled 5 bytes"});
  CHECK_FALSE(abandoned.finish());
  std::optional<ObjectWriter> dropped = bucket.open_writer("other").value();
  ObjectWriter moved = *std::move(dropped);
  dropped.reset();
  CHECK(operations->lines().size() == 1);
  moved = bucket.open_writer("last").value();
  CHECK(operations->lines() == Lines{"write mem://b/new cancelled 5 bytes", "write mem://b/other cancelled"});
}

TEST_CASE_FIXTURE(ObservedStream, "parts that an abandoned write could not take back are told of") {
  driver->abort_fails = true;
  {
    ObjectWriter writer = bucket.open_writer("new", in_parts()).value();
    CHECK(writer.write(data));
  }
  CHECK(operations->lines() == Lines{"abandon mem://b/new unavailable", "write mem://b/new cancelled 100 bytes"});
}

TEST_CASE_FIXTURE(ObservedStream, "a streamed write that an exception ends is told as failed") {
  driver->before_part = [](const PutPartRequest&) -> Status { throw std::runtime_error("a driver's own"); };
  {
    ObjectWriter writer = bucket.open_writer("new", in_parts()).value();
    try {
      (void)writer.write(data);
      (void)writer.finish();
    } catch (const std::runtime_error&) {
    }
  }
  CHECK(operations->lines() == Lines{"write mem://b/new unknown 100 bytes"});
}

TEST_CASE_FIXTURE(ObservedStream,
                  "a streamed read is told when its reader goes, with what was read, and not at its opening") {
  {
    ObjectReader reader = bucket.open_reader("k", in_blocks()).value();
    CHECK(read(reader, 30) == data.substr(0, 30));
    reader.seek(0);
    CHECK(read(reader, 1000) == data);
    CHECK(operations->lines().empty());
  }
  CHECK(operations->lines() == Lines{"read mem://b/k ok 130 bytes"});
  CHECK_FALSE(bucket.open_reader("missing"));
  CHECK(operations->lines().back() == "read mem://b/missing not_found");
  CHECK(operations->lines().size() == 2);
}

TEST_CASE_FIXTURE(ObservedStream,
                  "a streamed read that fails is told at once, as failed; who reads on begins another") {
  const auto fails = [](const GetOptions&) -> Status { return Error(ErrorCode::permission_denied, "no"); };
  std::string out(50, '#');
  {
    ObjectReader reader = bucket.open_reader("k", in_blocks(10, 1)).value();
    CHECK(read(reader, 5) == data.substr(0, 5));
    driver->before_get = fails;
    CHECK_FALSE(reader.read(out));
    CHECK(operations->lines() == Lines{"read mem://b/k permission_denied 5 bytes"});
    driver->before_get = {};
    CHECK(read(reader, 50) == data.substr(5, 50));
  }
  CHECK(operations->lines() == Lines{"read mem://b/k permission_denied 5 bytes", "read mem://b/k ok 50 bytes"});
  {
    ObjectReader reader = bucket.open_reader("k", in_blocks(10, 1)).value();
    driver->before_get = fails;
    CHECK_FALSE(reader.read(out));
  }
  CHECK(operations->lines().size() == 3);
  CHECK(operations->lines().back() == "read mem://b/k permission_denied");
}
