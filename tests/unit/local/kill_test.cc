#include "unit/local/fixture.h"

#include <sys/wait.h>

#include <csignal>
#include <random>
#include <thread>

using namespace test;

namespace {

constexpr std::size_t kSize = 300000;

PutOptions options_of(char letter) {
  PutOptions options;
  options.metadata = {{"letter", std::string(letter % 2 == 0 ? 70000 : 10, letter)}};
  return options;
}

[[noreturn]] void put_for_ever(BucketDriver& bucket) {
  for (unsigned i = 0;; ++i) {
    const char letter = static_cast<char>('a' + i % 26);
    const auto written = put(bucket, "d/k", std::string(kSize, letter), options_of(letter));
    if (!written) ::_exit(1);
    if (i % 5 == 4 && !remove(bucket, "d/k")) ::_exit(1);
  }
}

}  // namespace

TEST_CASE_FIXTURE(FileBucket, "a program killed while it puts leaves an object whole or none") {
  std::mt19937 random(1);
  for (int round = 0; round < 30; ++round) {
    const pid_t child = ::fork();
    if (child == 0) put_for_ever(*bucket);
    std::this_thread::sleep_for(std::chrono::microseconds(500 + random() % 20000));
    REQUIRE(::kill(child, SIGKILL) == 0);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));

    for (const auto& key : list(*bucket)) REQUIRE(key == "d/k");
    Received received;
    const auto read = bucket->get("d/k", {}, received);
    if (!read) {
      REQUIRE(code_of(read) == ErrorCode::not_found);
      continue;
    }
    REQUIRE(received.data.size() == kSize);
    const char letter = received.data[0];
    REQUIRE(received.data.find_first_not_of(letter) == std::string::npos);
    REQUIRE(received.info.metadata == options_of(letter).metadata);
  }
  REQUIRE(put(*bucket, "d/k", "after all").has_value());
  CHECK(get(*bucket, "d/k").value() == "after all");
  REQUIRE(remove(*bucket, "d/k").has_value());
  CHECK(store.delete_bucket("b", {}).has_value());
}
