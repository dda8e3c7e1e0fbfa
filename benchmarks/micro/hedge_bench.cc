// What a hedge does to the slowest reads: 4,000 gets of 4 KiB, 16 at a time, from a server that answers after some
// 20 ms, but two of a hundred after 5 s. Prints one JSON object.
#include <cloudkit/aws.h>

#include "support/stub_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace cloudkit;
using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr std::size_t kSize = 4096;
constexpr int kReads = 4000;
constexpr int kThreads = 16;

// The same for each run, by the number of the request.
std::chrono::microseconds pause_of(int request) {
  std::mt19937 random(static_cast<unsigned>(request));
  if (std::bernoulli_distribution(0.02)(random)) return std::chrono::seconds(5);
  const double usual = std::lognormal_distribution(0.0, 0.2)(random);
  return std::chrono::microseconds(static_cast<int>(20'000 * usual));
}

struct Tail {
  double p50 = 0;
  double p99 = 0;
  int requests = 0;
};

Tail measure(const GetOptions& options) {
  std::atomic<int> requests{0};
  const bench::StubServer server(kSize, [&] { return pause_of(++requests); });
  aws::S3Options store;
  store.endpoint = "http://127.0.0.1:" + std::to_string(server.port());
  store.region = "us-east-1";
  store.credentials = aws::explicit_credentials({"AKIDEXAMPLE", "secret", "", {}, "benchmark"});
  const Bucket bucket = aws::make_s3_store(store).value().bucket("bench").value();

  std::vector<double> took(kReads);
  std::atomic<std::size_t> next{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (std::size_t read = next++; read < took.size(); read = next++) {
        const auto begun = Clock::now();
        const auto object = bucket.get("object", options);
        took[read] = Milliseconds(Clock::now() - begun).count();
        if (!object || object->data.size() != kSize) std::abort();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::sort(took.begin(), took.end());
  return {took[kReads / 2], took[kReads * 99 / 100], requests};
}

}  // namespace

int main() {
  const Tail plain = measure({});
  GetOptions options;
  options.hedge = Hedge::slow_reads();
  const Tail hedged = measure(options);
  fmt::print(R"({{"plain_p50_ms": {:.1f}, "plain_p99_ms": {:.1f}, "hedged_p50_ms": {:.1f}, "hedged_p99_ms": {:.1f}, )"
             R"("more_requests": {:.4f}}})"
             "\n",
             plain.p50, plain.p99, hedged.p50, hedged.p99, static_cast<double>(hedged.requests - kReads) / kReads);
}
