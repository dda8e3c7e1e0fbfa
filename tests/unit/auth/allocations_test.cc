#include "auth/shared_key.h"
#include "auth/sigv4_key.h"

#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace {
std::atomic<std::size_t> allocations{0};

void* counted(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
}  // namespace

void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

using namespace cloudkit;

TEST_CASE("a GET with five signed headers is signed without operator new") {
  const auth::SigningKey key("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "20261123", "us-east-1", "s3");
  http::Request request;
  request.host = "bucket.s3.us-east-1.amazonaws.com";
  request.path = "/2026/11/report with spaces.pdf";
  request.query = {{"versionId", "3/L4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY"}, {"response-content-type", "text/plain"}};
  request.headers.add("Range", "bytes=0-1048575");
  request.headers.add("If-Match", "\"9b2cf535f27731c974343645a3985328\"");
  request.headers.add("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
  request.headers.add("x-amz-date", "20261123T010000Z");
  auth::Text authorization;
  const auto sign = [&](auth::PathRules rules) {
    authorization.clear();
    auth::append_authorization(authorization, request,
                               {"AKIDEXAMPLE", key, "20261123T010000Z", "UNSIGNED-PAYLOAD", rules});
  };
  sign({});  // The thread's digest context is made once.
  const std::size_t before = allocations;
  sign({});
  sign({.encode_twice = true, .normalize = true});
  const std::size_t after = allocations;
  CHECK(after - before == 0);
  CHECK(before > 0);  // The counting counts.
  CHECK(authorization.view().find("SignedHeaders=host;if-match;range;x-amz-content-sha256;x-amz-date,") !=
        std::string_view::npos);
}

TEST_CASE("a PUT with ten headers is laid out for Shared Key without operator new") {
  const auto key = auth::SharedKey::parse("account", "a2V5").value();
  http::Request request;
  request.method = http::Method::put;
  request.path = "/container/2026/11/report with spaces.pdf";
  request.query = {{"comp", "block"}, {"blockid", "AAAAAA=="}, {"timeout", "30"}};
  for (const char* name : {"Content-Type", "Content-MD5", "If-Match", "x-ms-version", "x-ms-date", "x-ms-blob-type",
                           "x-ms-lease-id", "x-ms-meta-one", "x-ms-meta-two", "x-ms-client-request-id"}) {
    request.headers.add(name, "a value of some length");
  }
  auth::Text text;
  const auto lay_out = [&] {
    text.clear();
    auth::append_shared_key_string(text, request, "account");
  };
  lay_out();
  const std::size_t before = allocations;
  lay_out();
  const std::size_t laid_out = allocations;
  const std::string signature = key.sign(text.view());
  const std::size_t after = allocations;
  CHECK(laid_out - before == 0);
  CHECK(after - laid_out <= 2);  // The signature's own text.
}
