// What a large transfer takes of memory: workers × buffers, whatever the size of the object or of its parts.
#include "faults/zero_server.h"
#include "support/full.h"
#include "support/memory_growth.h"
#include "support/quiet_log.h"
#include "support/temporary_directory.h"

#include <cloudkit/aws.h>
#include <cloudkit/local.h>

#include <doctest/doctest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

using namespace cloudkit;
using ::test::growth_during;
using ::test::kMiB;

namespace {

std::uint64_t size_of_object() { return std::uint64_t{test::is_full_check() ? 2048U : 256U} << 20; }

void check_growth(const char* what, int workers, const std::function<void()>& transfer) {
  const long growth = growth_during(transfer);
  std::printf("%s, %d workers: %.1f MiB\n", what, workers, static_cast<double>(growth) / kMiB);
  CHECK_MESSAGE(growth <= (16 + 2 * workers) * kMiB, what);
}

void check_transfers(const Bucket& bucket) {
  const ::test::TemporaryDirectory directory;
  const std::string from = directory.file("from");
  const std::string to = directory.file("to");
  std::ofstream(from).close();
  std::filesystem::resize_file(from, size_of_object());  // Sparse: no block of it is there.
  for (const int workers : {1, 8}) {
    PutOptions put;
    put.transfer.workers = workers;
    check_growth("upload", workers, [&] {
      const auto info = bucket.put("k", File{from}, put);
      REQUIRE_MESSAGE(info, info.error().to_string());
    });
    GetOptions get;
    get.transfer.workers = workers;
    check_growth("download", workers, [&] {
      const auto info = bucket.download("k", File{to}, get);
      REQUIRE_MESSAGE(info, info.error().to_string());
    });
    CHECK(std::filesystem::file_size(to) == size_of_object());
    std::filesystem::remove(to);
  }
}

Bucket open_bucket(const faults::ZeroServer& server) {
  aws::S3Options options;
  options.endpoint = "http://" + server.host();
  options.region = "us-east-1";
  options.credentials = aws::explicit_credentials({"AKIDMEMORY", "cktest-memory-1", "", {}, "the test"});
  return aws::make_s3_store(options).value().bucket("bucket").value();
}

}  // namespace

TEST_CASE("transfers to and from S3 take 16 MiB, and 2 MiB for each worker") {
  quiet_log();
  const faults::ZeroServer server(size_of_object());
  const Bucket bucket = open_bucket(server);
  check_transfers(bucket);
  // The measure is one: what is held is seen.
  GetOptions part;
  part.range = ByteRange{0, 64 << 20};
  CHECK(growth_during([&] { CHECK(bucket.get("k", part)); }) > 63 * kMiB);
}

TEST_CASE("and so do those to and from files") {
  const ::test::TemporaryDirectory root;
  check_transfers(local::make_file_store(root.path(), {.sync = false}).value().create_bucket("b").value());
}
