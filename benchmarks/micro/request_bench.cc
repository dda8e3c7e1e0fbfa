// What a small request costs its client: CPU time of the calling thread, which does all the
// work, beside the least that any client could do on the same connection to the same server.
#include <cloudkit/aws.h>
#include <cloudkit/open.h>

#include "support/stub_server.h"

#include <benchmark/benchmark.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace {

constexpr std::size_t kObjectSize = 4096;

cloudkit::bench::StubServer& server() {
  static cloudkit::bench::StubServer instance(kObjectSize);
  return instance;
}

cloudkit::Bucket bucket() {
  cloudkit::aws::S3Options options;
  options.endpoint = "http://127.0.0.1:" + std::to_string(server().port());
  options.region = "us-east-1";
  options.server = cloudkit::aws::S3Server::generic;
  options.credentials = cloudkit::aws::explicit_credentials({"AKIDEXAMPLE", "secret", "", {}, "benchmark"});
  return cloudkit::aws::make_s3_store(options).value().bucket("bench").value();
}

// The floor: a request of the same length, written and read by hand.
void get_raw_socket(benchmark::State& state) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(server().port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) std::abort();
  const std::string request =
      "GET /bench/object HTTP/1.1\r\nHost: 127.0.0.1:12345\r\nX-Filler: " + std::string(400, 'x') + "\r\n\r\n";
  std::string reply(server().reply_size(), '\0');
  for (auto _ : state) {
    if (::send(fd, request.data(), request.size(), MSG_NOSIGNAL) < 0) std::abort();
    for (std::size_t got = 0; got < reply.size();) {
      const ssize_t count = ::recv(fd, reply.data() + got, reply.size() - got, 0);
      if (count <= 0) std::abort();
      got += static_cast<std::size_t>(count);
    }
    benchmark::DoNotOptimize(reply.data());
  }
  ::close(fd);
}
BENCHMARK(get_raw_socket);

void get_signed_kept(benchmark::State& state) {
  const auto target = bucket();
  for (auto _ : state) {
    auto object = target.get("object");
    if (!object || object->data.size() != kObjectSize) {
      state.SkipWithError(object ? "wrong size" : object.error().to_string().c_str());
      break;
    }
  }
}
BENCHMARK(get_signed_kept);

void construct_s3_bucket(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(cloudkit::open_bucket("s3://bench?region=us-east-1"));
}
BENCHMARK(construct_s3_bucket);

}  // namespace

BENCHMARK_MAIN();
