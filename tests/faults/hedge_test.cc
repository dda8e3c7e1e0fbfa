// A read whose server falls silent, over a real wire, from a handle that may ask twice.
#include "faults/whole_way.h"
#include "object_store/hedged_get.h"
#include "support/soon.h"

using namespace cloudkit;
using namespace faults;
using namespace std::chrono_literals;

namespace {

struct Silent {
  Silent() {
    object_store::HedgePlan plan;
    for (int i = 0; i < 1000; ++i) {
      plan.began();
      plan.answered(150ms);  // Even on a busy machine the first request arrives first.
    }
    options.hedge = HedgeAccess::make(std::move(plan));
  }
  // Far below the 30 s after which the transport itself would give up.
  void check(const Result<Object>& object) const {
    REQUIRE_MESSAGE(object, object.error().to_string());
    CHECK(object->data == kData);
    CHECK(server.requests().size() == 2);
    CHECK(options.hedge.counts().won == 1);
    CHECK(std::chrono::steady_clock::now() - begun < 10s);
  }

  ScriptedServer server;
  VirtualStore store{server, [] {
                       aws::S3Options path;
                       path.addressing = aws::Addressing::path;
                       return path;
                     }()};
  Bucket bucket = store.bucket();
  GetOptions options;
  const std::chrono::steady_clock::time_point begun = std::chrono::steady_clock::now();
};

}  // namespace

TEST_CASE_FIXTURE(Silent, "a server that never answers a get is asked a second time") {
  server.then({stall()});
  server.then(whole_object());
  check(bucket.get("k", options));
  CHECK(server.connections() == 2);
}

TEST_CASE_FIXTURE(Silent, "a server that falls silent within a reply is asked for the rest, pinned") {
  server.then({send(cut_at(4)), stall()});
  server.then(rest_from(4));
  check(bucket.get("k", options));
  CHECK(server.requests().back().find("\r\nrange: bytes=4-9\r\n") != std::string::npos);
  CHECK(server.requests().back().find("\r\nif-match: \"e1\"\r\n") != std::string::npos);
}

TEST_CASE_FIXTURE(Silent, "after a hedge the store is as good as new, and nothing is left open") {
  server.then({stall()});
  server.then(whole_object());
  check(bucket.get("k", options));
  const auto descriptors = open_descriptors();
  for (int i = 0; i < 3; ++i) {
    server.then({stall()});
    server.then(whole_object());
    CHECK(bucket.get("k", options).value().data == kData);
  }
  CHECK(options.hedge.counts().won == 4);
  // The server keeps its ends of the cancelled connections until it looks at them.
  CHECK(::test::soon([&] { return open_descriptors() <= descriptors; }));
}
