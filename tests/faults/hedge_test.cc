// A read whose server falls silent, over a real wire, from a handle that may ask twice.
#include "faults/whole_way.h"
#include "object_store/hedged_get.h"
#include "support/more_time.h"
#include "support/soon.h"
#include "support/stopwatch.h"

#include <optional>

using namespace cloudkit;
using namespace faults;
using namespace std::chrono_literals;

namespace {

struct Silent {
  // So much patience has what the handle knows.
  static Hedge knowing(std::chrono::milliseconds patience) {
    object_store::HedgePlan plan;
    for (int i = 0; i < 1000; ++i) {
      plan.began();
      plan.answered(patience);
    }
    return HedgeAccess::make(std::move(plan));
  }
  // The first request, which gets `first`, has to arrive before the patience is over.
  void check(const Script& first, const Script& second) {
    std::optional<Result<Object>> object;
    std::size_t before = 0;
    CHECK(::test::with_more_time(150ms, [&](std::chrono::milliseconds patience) {
      options.hedge = knowing(patience);
      before = server.requests().size();
      server.then(first);
      server.then(second);
      const ::test::Stopwatch watch;
      object = bucket.get("k", options);
      const auto elapsed = watch.elapsed();
      // None of them may take what is for the next ones.
      CHECK(::test::soon([&] { return server.requests().size() >= before + 2; }));
      const bool in_time = object->has_value() && options.hedge.counts().won == 1;
      // Far below the 60 s after which the transport itself would give up.
      if (in_time) CHECK(elapsed < patience + ::test::kSoon);
      return in_time;
    }));
    REQUIRE_MESSAGE(object->has_value(), object->error().to_string());
    CHECK(object->value().data == kData);
    CHECK(server.requests().size() == before + 2);
  }

  ScriptedServer server;
  VirtualStore store{server, [] {
                       aws::S3Options path;
                       path.addressing = aws::Addressing::path;
                       return path;
                     }()};
  Bucket bucket = store.bucket();
  GetOptions options;
};

}  // namespace

TEST_CASE_FIXTURE(Silent, "a server that never answers a get is asked a second time") {
  check({stall()}, whole_object());
  CHECK(server.connections() >= 2);
}

TEST_CASE_FIXTURE(Silent, "a server that falls silent within a reply is asked for the rest, pinned") {
  check({send(cut_at(4)), stall()}, rest_from(4));
  CHECK(server.requests().back().find("\r\nrange: bytes=4-9\r\n") != std::string::npos);
  CHECK(server.requests().back().find("\r\nif-match: \"e1\"\r\n") != std::string::npos);
}

TEST_CASE_FIXTURE(Silent, "after a hedge the store is as good as new, and nothing is left open") {
  check({stall()}, whole_object());
  const auto descriptors = open_descriptors();
  for (int i = 0; i < 3; ++i) check({stall()}, whole_object());
  // The server keeps its ends of the cancelled connections until it looks at them.
  CHECK(::test::soon([&] { return open_descriptors() <= descriptors; }));
}
