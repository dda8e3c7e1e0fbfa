#include "lossy_bucket.h"
#include "support/varied_bytes.h"

#include <cloudkit/driver/forwarding_bucket.h>

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
