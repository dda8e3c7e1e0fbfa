#include "support/azure_servers.h"
#include "support/gcs_servers.h"
#include "support/s3_servers.h"
#include "support/temporary_directory.h"
#include "support/varied_bytes.h"

#include <cloudkit/object_store.h>

#include <doctest/doctest.h>

#include <sys/resource.h>

#include <csignal>
#include <fstream>
#include <string>

using namespace cloudkit;

// One object through three clouds, by the strict fakes.
namespace {

constexpr std::size_t kSize = std::size_t{20} << 20;

// While it lives, nobody in this process can write a byte to any file.
class NoDisk {
 public:
  NoDisk() : signal_(std::signal(SIGXFSZ, SIG_IGN)) {
    REQUIRE(getrlimit(RLIMIT_FSIZE, &before_) == 0);
    const rlimit none{0, before_.rlim_max};
    REQUIRE(setrlimit(RLIMIT_FSIZE, &none) == 0);
  }
  ~NoDisk() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, signal_);
  }
  NoDisk(const NoDisk&) = delete;
  NoDisk& operator=(const NoDisk&) = delete;

 private:
  rlimit before_{};
  void (*const signal_)(int);
};

Bucket make_bucket(const Result<ObjectStore>& store) {
  (void)store.value().create_bucket("ck-cross-cloud");
  Bucket bucket = store.value().bucket("ck-cross-cloud").value();
  REQUIRE(bucket.remove_all("").status());
  return bucket;
}

void check(const Bucket& bucket, const std::string& data) {
  const Object object = bucket.get("a/large \xC3\xBC").value();
  CHECK(object.data == data);
  CHECK(object.info.content.type == "text/x-test");
  CHECK(object.info.metadata == Metadata{{"owner", "ada"}});
}

}  // namespace

TEST_CASE("gs:// to az:// to s3:// and back streams, checked, without touching the disk") {
  const auto gcs_options = test::options_of_gcs_server("GCS");
  const auto azure_options = test::options_of_azure("FAKEAZURE");
  const auto s3_options = test::options_of_server("FAKE", aws::S3Server::aws);
  if (!gcs_options || !azure_options || !s3_options) return;
  const Bucket gcs = make_bucket(gcp::make_gcs_store(*gcs_options));
  const Bucket azure = make_bucket(azure::make_blob_store(*azure_options));
  const Bucket s3 = make_bucket(aws::make_s3_store(*s3_options));

  const std::string key = "a/large \xC3\xBC";
  const std::string data = test::varied_bytes(kSize);
  PutOptions put;
  put.content.type = "text/x-test";
  put.metadata = {{"owner", "ada"}};
  const ObjectInfo first = gcs.put(key, data, put).value();
  CopyOptions in_parts;
  in_parts.transfer.part_size = std::uint64_t{5} << 20;
  {
    const NoDisk none;
    const test::TemporaryDirectory directory;
    std::ofstream file(directory.file("any"));
    file << "a byte" << std::flush;
    REQUIRE(file.bad());
    REQUIRE(azure.copy_from(gcs, key, key, in_parts));
    REQUIRE(s3.copy_from(azure, key, key, in_parts));
    REQUIRE(gcs.copy_from(s3, key, "back", {}));
  }
  check(azure, data);
  check(s3, data);
  const ObjectInfo last = gcs.head("back").value();
  CHECK(last.size == kSize);
  CHECK(first.checksum.algorithm == Checksum::Algorithm::crc32c);
  CHECK(last.checksum.value == first.checksum.value);

  for (const Bucket* const bucket : {&gcs, &azure, &s3}) CHECK(bucket->remove_all("").status());
}
