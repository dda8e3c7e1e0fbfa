// Uploads in twenty parts over a real wire, where one request of them goes wrong.
#include "faults/part_server.h"
#include "faults/whole_way.h"
#include "support/forwarding_bucket.h"
#include "support/stopwatch.h"

#include <atomic>

using namespace cloudkit;
using namespace faults;
using namespace std::chrono_literals;

namespace {

constexpr int kParts = 20;
const std::string kTwenty(kParts * 10, 'x');

// S3 takes no part below 5 MiB, this server does. Sees in which order the calls are made: requests of several
// connections may arrive in another one.
class SmallParts final : public ForwardingBucket {
 public:
  using ForwardingBucket::ForwardingBucket;
  UploadLimits upload_limits() const override {
    UploadLimits limits;
    limits.min_part = 1;
    return limits;
  }
  Result<PutPartResult> put_part(const PutPartRequest& request, const Source& part) override {
    ++under_way_;
    if (aborted_) is_orderly_ = false;
    auto result = ForwardingBucket::put_part(request, part);
    --under_way_;
    return result;
  }
  Status abort_upload(std::string_view key, const UploadId& upload, const Context& context) override {
    aborted_ = true;
    if (under_way_ > 0) is_orderly_ = false;
    return ForwardingBucket::abort_upload(key, upload, context);
  }

  /// No part was under way at the abort or begun after it.
  bool is_orderly() const { return is_orderly_; }

 private:
  std::atomic<int> under_way_{0};
  std::atomic<bool> aborted_{false};
  std::atomic<bool> is_orderly_{true};
};

struct Upload {
  explicit Upload(PartServer::Fault fault) : parts(std::move(fault)) {}

  Result<ObjectInfo> put(PutOptions options = {}) {
    options.transfer.part_size = 10;
    if (options.transfer.workers == 0) options.transfer.workers = 4;
    return Bucket(driver).put("k", kTwenty, options);
  }
  int sent() const {
    int all = 0;
    for (int number = 1; number <= kParts; ++number) all += parts.count("part " + std::to_string(number));
    return all;
  }

  PartServer parts;
  VirtualStore store{parts.server()};
  std::shared_ptr<SmallParts> driver = std::make_shared<SmallParts>(store.driver());
};

PartServer::Fault only(const std::string& victim, Script script) {
  return [=](const std::string& request) { return request == victim ? std::optional(script) : std::nullopt; };
}
// The first such request.
PartServer::Fault once(const std::string& victim, Script script) {
  return [=, done = std::make_shared<std::atomic<bool>>(false)](const std::string& request) -> std::optional<Script> {
    if (request != victim || done->exchange(true)) return std::nullopt;
    return script;
  };
}

}  // namespace

TEST_CASE("an upload in twenty parts of which nothing goes wrong") {
  Upload upload(nullptr);
  CHECK(upload.put().value().token == "whole-20");
  CHECK(upload.sent() == kParts);
  CHECK(upload.parts.log().size() == kParts + 2);
}

TEST_CASE("part 7 of 20 fails for good: the others end, then all is taken back") {
  struct Failure {
    Script script;
    ErrorCode code;
    int attempts;
    const char* says;
  };
  const Failure failures[] = {
      {error_reply(500, "InternalError"), ErrorCode::unavailable, 4, "InternalError (500) after 4 attempts"},
      {error_reply(403, "AccessDenied"), ErrorCode::permission_denied, 1, "AccessDenied (403) after 1 attempt"},
      {{reset()}, ErrorCode::unavailable, 4, "after 4 attempts"},
  };
  for (const Failure& failure : failures) {
    Upload upload(only("part 7", failure.script));
    const auto error = upload.put().error();
    CHECK(error.code == failure.code);
    CHECK(error.attempts == failure.attempts);
    CHECK(error.to_string().starts_with(std::string("put s3://bucket/k: ")));
    CHECK(error.to_string().find(failure.says) != std::string::npos);
    CHECK_FALSE(error.may_have_happened);
    CHECK(upload.parts.count("abort") == 1);
    CHECK(upload.parts.count("complete") == 0);
    CHECK(upload.driver->is_orderly());
  }
}

TEST_CASE("an abort that fails does not hide why there was one") {
  Upload upload([](const std::string& request) -> std::optional<Script> {
    if (request == "part 7") return error_reply(403, "AccessDenied");
    if (request == "abort") return error_reply(503, "ServiceUnavailable");
    return std::nullopt;
  });
  const auto error = upload.put().error();
  CHECK(error.code == ErrorCode::permission_denied);
  CHECK(error.message.find("; the parts sent so far could not be removed: ") != std::string::npos);
  CHECK(upload.parts.count("abort") == 4);
}

TEST_CASE("a part whose reply is lost is sent again, and is one part of the whole") {
  for (const Script& lost : {Script{reset()}, Script{close()}, Script{send("HTTP/1.1 200 O"), close()}}) {
    Upload upload(once("part 3", lost));
    CHECK(upload.put().value().token == "whole-20");
    CHECK(upload.parts.count("part 3") == 2);
    CHECK(upload.sent() == kParts + 1);
    const std::string complete = upload.parts.server().requests().back();
    const std::size_t first = complete.find("<PartNumber>3</PartNumber>");
    CHECK(first != std::string::npos);
    CHECK(complete.find("<PartNumber>3</PartNumber>", first + 1) == std::string::npos);
  }
}

TEST_CASE("a part that the service throttles is sent again") {
  Upload upload(once("part 3", error_reply(503, "SlowDown")));
  CHECK(upload.put());
  CHECK(upload.parts.count("part 3") == 2);
}

TEST_CASE("a completion that answers 200 with an error is tried again, and an empty one too") {
  for (const Script& odd : {Script(error_reply(200, "InternalError")), Script(reply(200)), Script(reply(200, " \n"))}) {
    Upload upload(once("complete", odd));
    CHECK(upload.put().value().token == "whole-20");
    CHECK(upload.parts.count("complete") == 2);
    CHECK(upload.parts.count("abort") == 0);
  }
}

TEST_CASE("an upload is cancelled at each of its requests: it ends at once, and takes back what it began") {
  for (int point = 0; point < kParts + 2; ++point) {
    CAPTURE(point);
    PutOptions options;
    options.context = Context::cancellable();
    options.transfer.workers = 1;
    std::atomic<int> seen{0};
    auto cancelled = Context::Clock::now();
    Upload upload([&](const std::string& request) -> std::optional<Script> {
      if (request == "abort" || request == "HEAD" || seen++ != point) return std::nullopt;
      cancelled = Context::Clock::now();
      options.context.cancel();
      return Script{stall()};
    });
    const auto error = upload.put(options).error();
    CHECK(Context::Clock::now() - cancelled < ::test::kSoon);
    CHECK(error.code == ErrorCode::cancelled);
    // An upload whose beginning was not answered has no name yet.
    CHECK(upload.parts.count("abort") == (point == 0 ? 0 : 1));
    CHECK(upload.driver->is_orderly());
    CHECK(error.may_have_happened == (point == kParts + 1));
  }
}
