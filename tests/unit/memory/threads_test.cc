#include "fixture.h"
#include "support/upload_io.h"

#include <atomic>
#include <thread>

using namespace ::test;

namespace {

struct ThreadsFixture : Fixture {
  void in_threads(int count, const std::function<void(int)>& work) {
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i) threads.emplace_back(work, i);
    for (auto& thread : threads) thread.join();
  }
};

}  // namespace

TEST_CASE_FIXTURE(ThreadsFixture, "of a thousand racing absent puts one wins") {
  std::atomic<int> won{0};
  in_threads(8, [&](int) {
    for (int i = 0; i < 125; ++i) won += put_if(*bucket, "lock", "x", Condition::absent()).has_value() ? 1 : 0;
  });
  CHECK(won == 1);
}

TEST_CASE_FIXTURE(ThreadsFixture, "a counter by conditional puts loses no increment") {
  REQUIRE(put(*bucket, "n", "0").has_value());
  in_threads(8, [&](int) {
    for (int done = 0; done < 25;) {
      Received received;
      if (!bucket->get("n", {}, received)) return;
      const int next = std::stoi(received.data) + 1;
      if (put_if(*bucket, "n", std::to_string(next), Condition::match(received.info.token))) ++done;
    }
  });
  CHECK(get(*bucket, "n").value() == "200");
}

TEST_CASE_FIXTURE(ThreadsFixture, "readers, writers and lists do not disturb each other") {
  std::atomic<bool> torn{false};
  in_threads(6, [&](int who) {
    for (int i = 0; i < 200; ++i) {
      const auto written = put(*bucket, "k", std::string(1000, static_cast<char>('a' + who)));
      const auto seen = get(*bucket, "k");
      const auto page = bucket->list_page({});
      const bool whole = seen && seen->size() == 1000 && seen->find_first_not_of(seen->front()) == std::string::npos;
      if (!written || !whole || !page || page->entries.size() != 1) torn = true;
    }
  });
  CHECK_FALSE(torn);
}

TEST_CASE_FIXTURE(ThreadsFixture, "parts come from many threads at once, and one of several completes") {
  const auto id = bucket->begin_upload("k", {}).value();
  std::vector<UploadPart> parts(64);
  in_threads(8, [&](int who) {
    for (int i = who; i < 64; i += 8) {
      const auto part = try_put_part(*bucket, "k", id, i + 1, std::string(100, static_cast<char>('0' + i)));
      if (part) parts[static_cast<std::size_t>(i)] = *part;
    }
  });
  std::atomic<int> completed{0};
  in_threads(8, [&](int) { completed += bucket->complete_upload("k", id, parts, {}).has_value() ? 1 : 0; });
  CHECK(completed == 1);
  const std::string data = get(*bucket, "k").value();
  REQUIRE(data.size() == 6400);
  for (std::size_t i = 0; i < 64; ++i) CHECK(data[i * 100] == static_cast<char>('0' + i));
}

TEST_CASE_FIXTURE(ThreadsFixture, "of racing uploads on the condition of absence one wins") {
  std::atomic<int> won{0};
  PutOptions absent;
  absent.condition = Condition::absent();
  in_threads(8, [&](int) {
    const auto id = bucket->begin_upload("k", absent);
    if (!id) return;
    const auto part = try_put_part(*bucket, "k", *id, 1, "x");
    if (part) won += bucket->complete_upload("k", *id, {*part}, absent).has_value() ? 1 : 0;
  });
  CHECK(won == 1);
}
