// The signature of a GET with five headers and a derived key. Its floor is the hashing that no
// implementation can avoid: 5 SHA-256 blocks of canonical request, 3 of string to sign, 1 of HMAC.

#define OPENSSL_SUPPRESS_DEPRECATED  // SHA256_Transform: the bare compression has no newer name.
#include <openssl/sha.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <new>

#include "auth/sigv4.h"
#include "auth/sigv4_key.h"
#include "micro/floor.h"

namespace {
std::atomic<std::size_t> allocations{0};
}

// Not inlined, or GCC takes the pair for a mismatch of new and free.
[[gnu::noinline]] void* operator new(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

namespace auth = cloudkit::auth;
namespace http = cloudkit::http;

constexpr const char* kFloor = "floor_nine_compressions";
constexpr const char* kDate = "20261123T010000Z";
constexpr const char* kSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

// A message, its 0x80 and its 8 bytes of length in blocks of 64.
constexpr std::size_t blocks(std::size_t size) { return (size + 9 + 63) / 64; }

http::Request make_request() {
  http::Request request;
  request.host = "examplebucket.s3.amazonaws.com";
  request.path = "/2026/11/23/report.pdf";
  request.headers.add("Range", "bytes=0-1048575");
  request.headers.add("If-Match", "\"9b2cf535f27731c974343645a3985328\"");
  request.headers.add("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
  request.headers.add("x-amz-date", kDate);
  return request;
}

void run_floor(benchmark::State& state) {
  SHA256_CTX context;
  SHA256_Init(&context);
  unsigned char block[64] = {1, 2, 3};
  for (auto _ : state) {
    for (int i = 0; i < 9; ++i) SHA256_Transform(&context, block);
    benchmark::DoNotOptimize(context.h);
  }
}

void run_sign(benchmark::State& state) {
  const http::Request request = make_request();
  const auth::SigningKey key(kSecret, "20261123", "us-east-1", "s3");
  const auth::SigningInput input{"AKIAIOSFODNN7EXAMPLE", key, kDate, "UNSIGNED-PAYLOAD", {}};

  auth::Text text;
  auth::append_canonical_request(text, request, auth::CanonicalHeaders(request), input.payload_hash, {});
  const std::size_t canonical_blocks = blocks(text.size());
  text.clear();
  auth::append_string_to_sign(text, kDate, key.scope(), "");
  if (canonical_blocks != 5 || blocks(text.size()) != 3) return state.SkipWithError("not the nine blocks of the floor");

  text.clear();
  auth::append_authorization(text, request, input);
  const std::size_t before = allocations;
  for (auto _ : state) {
    text.clear();
    auth::append_authorization(text, request, input);
    benchmark::DoNotOptimize(text.data());
  }
  state.counters["new/op"] = static_cast<double>(allocations - before) / static_cast<double>(state.iterations());
}

class FixedCredentials final : public cloudkit::CredentialSource {
  cloudkit::Result<cloudkit::Credentials> get(const cloudkit::Context&) override {
    return cloudkit::Credentials{.access_key_id = "AKIAIOSFODNN7EXAMPLE", .secret_access_key = kSecret};
  }
};

// What an attempt pays: with credentials fetched, date and headers set.
void run_signer(benchmark::State& state) {
  auth::SigV4Signer signer(std::make_shared<FixedCredentials>(), {"us-east-1", "s3", auth::PathEncoding::once});
  const auto now = std::chrono::system_clock::now();
  http::Request request = make_request();
  for (auto _ : state) {
    if (!signer.sign(request, now, {})) return state.SkipWithError("cannot sign");
    benchmark::DoNotOptimize(request);
  }
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::RegisterBenchmark(kFloor, run_floor);
  benchmark::RegisterBenchmark("sign_get", run_sign);
  benchmark::RegisterBenchmark("sign_with_signer", run_signer);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  cloudkit::bench::FloorReporter reporter(kFloor);
  benchmark::RunSpecifiedBenchmarks(&reporter);
  return 0;
}
