#include "lossy_bucket.h"
#include "support/driver_io.h"
#include "support/varied_bytes.h"

#include <cloudkit/driver/forwarding_bucket.h>
#include <cloudkit/object_store.h>

#include <doctest/doctest.h>

#include <memory>
#include <string>

using namespace cloudkit;
using cloudkit::test::LossyBucket;

// Copies within one store, by a handle that has other credentials than the source's.
namespace {

struct CopyWithinFixture {
  std::shared_ptr<LossyBucket> from = std::make_shared<LossyBucket>();
  Bucket source{from};
  const std::string data = ::test::varied_bytes(1000);

  CopyWithinFixture() { REQUIRE(source.put("k", data)); }

  static std::string content(const Bucket& bucket, const std::string& key) { return bucket.get(key).value().data; }
};

}  // namespace

TEST_CASE_FIXTURE(CopyWithinFixture, "where the destination's credentials may not read the source, its own do") {
  struct Account final : ForwardingBucket {
    using ForwardingBucket::ForwardingBucket;
    std::string copy_id() const override { return inner_->copy_id(); }
    Result<CopyStep> copy(const CopyRequest&) override { return core::fail(ErrorCode::permission_denied, "denied"); }
  };
  const auto other = std::make_shared<Account>(from);
  REQUIRE(Bucket(other).copy_from(source, "k", "copied"));
  CHECK(content(source, "copied") == data);
  CHECK(from->count("get") > 0);
  // Nobody else's credentials could help here.
  const int gets = from->count("get");
  CHECK(Bucket(other).copy("k", "again").error().message == "denied");
  CHECK(from->count("get") == gets);
}

TEST_CASE_FIXTURE(CopyWithinFixture, "a copy that the service has made, but for its tags, is not made once more") {
  struct Account final : ForwardingBucket {
    using ForwardingBucket::ForwardingBucket;
    std::string copy_id() const override { return inner_->copy_id(); }
    Status set_tags(std::string_view, const Tags&, const TagOptions&) override {
      return core::fail(ErrorCode::permission_denied, "no tags for you");
    }
  };
  REQUIRE(source.set_tags("k", {{"a", "b"}}));
  from->max_copy_size = data.size() - 1;
  int read = 0;
  from->before_get = [&](const GetOptions&) -> Status {
    ++read;
    return {};
  };
  const auto error = Bucket(std::make_shared<Account>(from)).copy_from(source, "k", "copied").error();
  CHECK(error.message == "the object is copied, but the tags are lost: no tags for you");
  CHECK(error.may_have_happened);
  CHECK(read == 0);
  CHECK(content(source, "copied") == data);
}

TEST_CASE_FIXTURE(CopyWithinFixture, "what changes bytes on their way changes those of copies, to it and from it") {
  struct Reversed final : ForwardingBucket {
    using ForwardingBucket::ForwardingBucket;
    static std::string reversed(std::string text) { return {text.rbegin(), text.rend()}; }
    Result<ObjectInfo> put(std::string_view key, const Source& bytes, const PutOptions& options) override {
      std::string text(bytes.size(), '\0');
      REQUIRE(bytes.read_at(0, text).value() == text.size());
      return inner_->put(key, ::test::MemorySource(reversed(std::move(text))), options);
    }
    Result<ObjectInfo> get(std::string_view key, const GetOptions& options, ObjectReceiver& receiver) override {
      ::test::Received received;
      auto info = inner_->get(key, options, received);
      if (info) {
        REQUIRE(receiver.begin(*info, received.offset, received.length));
        REQUIRE(receiver.write(reversed(std::move(received.data))));
      }
      return info;
    }
  };
  const Bucket plain(source.driver());
  const Bucket changing(std::make_shared<Reversed>(from));
  const std::string stored = Reversed::reversed(data);
  REQUIRE(changing.copy_from(plain, "k", "in"));
  CHECK(content(plain, "in") == stored);
  CHECK(content(changing, "in") == data);
  REQUIRE(plain.copy_from(changing, "in", "out"));
  CHECK(content(plain, "out") == data);
  // Another one may have another key.
  REQUIRE(Bucket(std::make_shared<Reversed>(from)).copy_from(changing, "in", "other"));
  const int gets = from->count("get");
  REQUIRE(changing.copy("in", "within"));
  CHECK(from->count("get") == gets);
  CHECK(content(changing, "within") == data);
  CHECK(changing.overlaps(plain));
}

TEST_CASE_FIXTURE(CopyWithinFixture, "content headers of a copy that name no type get that of its key") {
  CopyOptions options;
  options.content = ContentHeaders{.cache_control = "no-store"};
  const auto copied = source.copy("k", "page.html", options).value();
  CHECK(copied.content.type == "text/html");
  CHECK(source.head("page.html").value().content.type == "text/html");
  CHECK(source.head("page.html").value().content.cache_control == "no-store");
}
