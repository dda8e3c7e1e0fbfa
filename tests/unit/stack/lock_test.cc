#include "stack/lock.h"
#include "support/contains.h"
#include "support/forwarding_bucket.h"
#include "support/more_time.h"
#include "support/no_threads.h"
#include "support/quiet_log.h"
#include "support/soon.h"
#include "support/stack_cloud.h"

#include <cloudkit/memory.h>
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <functional>

using namespace cloudkit;
using namespace cloudkit::stack;
using ::test::contains;

namespace {

struct Room {
  Bucket bucket = make_bucket();
  std::atomic<TimePoint> now{TimePoint(std::chrono::seconds(1'800'000'000))};
  StackHooks hooks;

  Room() {
    quiet_log();
    hooks.now = [this] { return now.load(); };
    hooks.wait = [this](const Context& context, Context::Clock::duration duration) {
      now = now.load() + std::chrono::duration_cast<TimePoint::duration>(duration);
      return context.check();
    };
  }
  static Bucket make_bucket() { return memory::make_memory_store().create_bucket("state").value(); }

  Result<std::unique_ptr<Lock>> take(const std::string& owner, std::chrono::milliseconds wait = {},
                                     std::chrono::milliseconds expiry = std::chrono::minutes(1)) {
    LockTerms terms;
    terms.stack = "web";
    terms.owner = owner;
    terms.wait = wait;
    terms.expiry = expiry;
    return Lock::take(bucket, "web.lock", terms, hooks, {});
  }
};

// Ada's lock is not to be had for Bob, who calls `renewed` to see that it was renewed, or lost. On a busy machine she
// may be too late for that: then again, with a lock that lives longer.
template <class Take>
void check_while_renewed(std::chrono::milliseconds expiry, Take bob) {
  CHECK(::test::with_more_time(expiry, [&](std::chrono::milliseconds longer) {
    Room room;
    auto taken = room.take("ada", {}, longer);
    if (!taken) return false;
    const auto held = *std::move(taken);
    const std::string first = room.bucket.get("web.lock").value().data;
    const auto refused =
        bob(room, [&] { return !held->status() || room.bucket.get("web.lock").value().data != first; });
    if (!held->finish()) return false;
    REQUIRE_FALSE(refused.has_value());
    CHECK(contains(refused.error().message, "is being changed by ada"));
    return true;
  }));
}

}  // namespace

TEST_CASE("a lock that is held says by whom, since when, and what to do") {
  Room room;
  const auto held = room.take("ada@build-7, process 12").value();
  room.now = room.now.load() + std::chrono::seconds(30);
  const auto other = room.take("bob");
  REQUIRE_FALSE(other.has_value());
  CHECK(other.error().to_string() ==
        "conflict: the stack is being changed by ada@build-7, process 12, since 2027-01-15T08:00:00Z\n"
        "  hint: wait for it, or end it; when it is dead, its lock mem://state/web.lock expires at "
        "2027-01-15T08:01:00Z by itself");
  CHECK(other.error().retryable);
  CHECK(other.error().code == ErrorCode::conflict);
}

TEST_CASE("a lock that is given back is free, and leaves nothing") {
  Room room;
  {
    const auto held = room.take("ada").value();
  }
  CHECK(room.bucket.list_all().value().empty());
  CHECK(room.take("bob").value()->finish().has_value());
}

TEST_CASE("who waits gets it once it has expired, and its former owner learns so") {
  Room room;
  auto held = room.take("ada").value();
  auto other = room.take("bob", std::chrono::seconds(61));
  REQUIRE(other.has_value());
  const auto lost = held->finish();
  REQUIRE_FALSE(lost.has_value());
  CHECK(contains(lost.error().to_string(), "conflict: the stack's lock was lost, so this run has ended: "));
  CHECK(held->context().cancelled());
  CHECK(other.value()->finish().has_value());
}

TEST_CASE("a lock that is renewed does not expire") {
  check_while_renewed(std::chrono::milliseconds(150), [](Room& room, const std::function<bool()>& renewed) {
    room.now = room.now.load() + std::chrono::seconds(5);
    CHECK(::test::soon(renewed));
    return room.take("bob");
  });
}

TEST_CASE("a renewal that finds another's lock ends the run") {
  CHECK(::test::with_more_time(std::chrono::milliseconds(150), [](std::chrono::milliseconds expiry) {
    Room room;
    auto taken = room.take("ada", {}, expiry);
    if (!taken) return false;
    auto held = *std::move(taken);
    room.bucket.put("web.lock", "somebody else's").value();
    CHECK(::test::soon([&] { return held->context().cancelled(); }));
    CHECK_FALSE(held->status().has_value());
    held.reset();
    // It is not ours to remove.
    CHECK(room.bucket.get("web.lock").value().data == "somebody else's");
    return true;
  }));
}

TEST_CASE("a lock that no thread could renew is not taken, and not left behind") {
  Room room;
  {
    const cloudkit::test::NoThreads none;
    const auto refused = room.take("ada");
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().to_string().starts_with("unavailable: renew the stack's lock: cannot start a thread: "));
  }
  CHECK(room.take("bob").has_value());
}

TEST_CASE("what is no lock is left alone") {
  Room room;
  room.bucket.put("web.lock", "?").value();
  const auto refused = room.take("ada");
  REQUIRE_FALSE(refused.has_value());
  CHECK(
      refused.error().to_string() ==
      "conflict: mem://state/web.lock is no lock of cloudkit's\n  hint: where nobody is changing the stack, remove it");
}

TEST_CASE("a bucket that promises no conditions is refused without a request") {
  class Plain : public ForwardingBucket {
   public:
    using ForwardingBucket::ForwardingBucket;
    Capabilities capabilities() const override {
      Capabilities able = inner_->capabilities();
      able.put_if_match = false;
      return able;
    }
  };
  Room room;
  auto store = Registry::global().object_store("mem://").value();
  CHECK(store->create_bucket("lock-test-plain", {}).has_value());
  room.bucket = Bucket(std::make_shared<Plain>(store->bucket("lock-test-plain").value()));
  const auto refused = room.take("ada");
  REQUIRE_FALSE(refused.has_value());
  CHECK(contains(refused.error().to_string(),
                 "unsupported: mem://lock-test-plain does not promise conditions of puts: "
                 "two runs could change the stack at once"));
  CHECK(room.bucket.list_all().value().empty());
}

TEST_CASE("a clock that is ahead takes no lock that is alive") {
  check_while_renewed(std::chrono::milliseconds(600), [](Room& room, const std::function<bool()>& renewed) {
    // Bob's clock is an hour ahead, and ada renews it while he looks.
    room.now = room.now.load() + std::chrono::hours(1);
    room.hooks.wait = [renewed](const Context& context, Context::Clock::duration) {
      CHECK(::test::soon(renewed));
      return context.check();
    };
    return room.take("bob");
  });
}

TEST_CASE("a lock that does not change for as long as it lives is taken, whatever the clocks say") {
  Room room;
  room.bucket
      .put("web.lock", R"({"expires":"2099-01-01T00:00:00Z","expiry_ms":5000,"owner":"ada",)"
                       R"("since":"2098-01-01T00:00:00Z"})")
      .value();
  CHECK_FALSE(room.take("bob", std::chrono::seconds(4)).has_value());
  CHECK(room.take("bob", std::chrono::seconds(6)).has_value());
}

TEST_CASE("a lock that has expired is looked at before it is taken") {
  Room room;
  room.bucket
      .put("web.lock", R"({"expires":"2020-01-01T00:00:00Z","expiry_ms":5000,"owner":"ada",)"
                       R"("since":"2019-01-01T00:00:00Z"})")
      .value();
  const TimePoint begun = room.now;
  CHECK(room.take("bob").has_value());
  CHECK(room.now.load() - begun >= std::chrono::seconds(5));
}
