#include "aws/s3/store_driver.h"
#include "support/awkward_keys.h"
#include "support/read_file.h"
#include "support/s3_servers.h"
#include "support/temporary_directory.h"
#include "support/varied_bytes.h"

#include <cloudkit/sync.h>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <set>

using namespace cloudkit;
namespace fs = std::filesystem;

// Backups of buckets on real servers, as a user makes them.
namespace {

class CountingTransport final : public http::Transport {
 public:
  http::Exchange send(const http::Request& request, http::BodyReceiver* receiver, const Context& context) override {
    ++count;
    return inner_->send(request, receiver, context);
  }
  std::atomic<long> count{0};

 private:
  const std::shared_ptr<http::Transport> inner_ = http::make_curl_transport();
};

using test::kAwkwardKeys;

constexpr int kSmall = 1100;  // More than a page.
constexpr std::size_t kLarge = std::size_t{20} << 20;

struct Server {
  std::shared_ptr<CountingTransport> transport = std::make_shared<CountingTransport>();
  std::optional<ObjectStore> store;
  test::TemporaryDirectory above;
  const std::string directory = above.file("backups");

  bool find(const std::string& variable, aws::S3Server kind) {
    const auto options = test::options_of_server(variable, kind);
    if (!options) return false;
    aws::s3::ClientParts parts;
    parts.transport = transport;
    store.emplace(std::make_shared<aws::s3::S3StoreDriver>(std::make_shared<aws::s3::S3Client>(*options, parts)));
    return true;
  }
  Bucket make_bucket(const std::string& name, bool versioned = false) const {
    return store->create_bucket(fmt::format("ck-backup-{}-{}", name, ::getpid()), {.versioned = versioned}).value();
  }
  // Keys and contents of `a` and `b` are the same, and so are types and metadata.
  static void check_same(const Bucket& a, const Bucket& b) {
    const auto keys = a.list_all().value();
    REQUIRE(b.list_all().value().size() == keys.size());
    for (const auto& entry : keys) {
      CAPTURE(entry.key);
      const auto one = a.get(entry.key).value();
      const auto other = b.get(entry.key).value();
      REQUIRE(one.data == other.data);
      REQUIRE(one.info.metadata == other.info.metadata);
      REQUIRE(one.info.content.type == other.info.content.type);
    }
  }
  void remove(const Bucket& bucket) const {
    CHECK(bucket.remove_all("").status());
    const std::string url = bucket.url();
    CHECK(store->delete_bucket(url.substr(url.rfind('/') + 1)));
  }

  static std::vector<std::string> awkward_keys(const Bucket& bucket) {
    std::vector<std::string> keys = kAwkwardKeys;
    if (!bucket.capabilities().key_climbs_out) std::erase_if(keys, test::climbs_out);
    return keys;
  }

  void fill(const Bucket& bucket, int small) const {
    for (const std::string& key : awkward_keys(bucket)) {
      bucket.put(key, key == "dir/" ? "" : "bytes of " + key, {.metadata = {{"n", std::to_string(key.size())}}})
          .value();
    }
    for (int i = 0; i < small; ++i) bucket.put(fmt::format("many/{:04}", i), std::to_string(i)).value();
    bucket.put("large.bin", Bytes(test::varied_bytes(kLarge))).value();
  }

  void whole_life(int small) {
    const Bucket bucket = make_bucket("from");
    fill(bucket, small);
    const std::uint64_t objects = awkward_keys(bucket).size() + static_cast<std::uint64_t>(small) + 1;
    const auto first = cloudkit::backup(bucket, directory).value();
    CHECK(first.status());
    CHECK(first.objects == objects);
    // All present, nothing outside.
    std::set<std::string> outside;
    for (const auto& entry : fs::directory_iterator(above.path())) outside.insert(entry.path().filename().string());
    CHECK(outside == std::set<std::string>{"backups"});
    for (const char* name : {"a", "a%t/b", "A", "full/%n", "x/%n/y", "%n/%2E%2E/e3", "b%01c"}) {
      CHECK_MESSAGE(fs::is_regular_file(directory + "/latest/" + name), std::string(name));
    }
    for (const char* name : {"%2E%2E/e2", "d/%2E%2E/%2E%2E/e1"}) {
      CHECK(fs::is_regular_file(directory + "/latest/" + name) == bucket.capabilities().key_climbs_out);
    }
    CHECK(fs::is_directory(directory + "/latest/dir"));
    CHECK(cloudkit::verify(directory).value().status());

    const long before = transport->count;
    const auto second = cloudkit::backup(bucket, directory).value();
    CHECK(second.linked == objects);
    CHECK(second.fetched == 0);
    // The listing's pages, and nothing else.
    CHECK(transport->count - before == static_cast<long>(objects / 1000 + 1));

    bucket.put("ok.txt", "changed").value();
    bucket.remove("a").value();
    const auto third = cloudkit::backup(bucket, directory).value();
    CHECK(third.fetched == 1);
    CHECK(fs::exists(directory + "/latest/a/b"));
    CHECK(cloudkit::verify(directory).value().status());
    CHECK(cloudkit::verify(directory, {.snapshot = first.snapshot}).value().status());

    const Bucket back = make_bucket("to");
    const auto restored = cloudkit::restore(directory, back).value();
    CHECK(restored.status());
    CHECK(restored.restored == objects - 1);
    check_same(bucket, back);
    // Nothing to copy: tokens say so.
    CHECK(cloudkit::sync(bucket, back).value().unchanged == objects - 1);
    CHECK(cloudkit::prune(directory, {.keep_last = 1}).value().removed.size() == 2);
    CHECK(cloudkit::verify(directory).value().status());
    remove(bucket);
    remove(back);
  }
};

}  // namespace

TEST_CASE_FIXTURE(Server, "backup, restore and sync against radosgw") {
  if (find("RADOSGW", aws::S3Server::ceph)) whole_life(kSmall);
}

TEST_CASE_FIXTURE(Server, "backup, restore and sync against the strict fake") {
  if (find("FAKE", aws::S3Server::aws)) whole_life(100);
}

TEST_CASE_FIXTURE(Server, "a bucket with versions on radosgw is taken as it was listed") {
  if (!find("RADOSGW", aws::S3Server::ceph)) return;
  const Bucket bucket = make_bucket("versions", true);
  bucket.put("a", "listed").value();
  bucket.put("b", "listed").value();
  BackupOptions options;
  options.versions = true;
  options.transfer.workers = 1;
  options.event = [&](const SyncEvent& event) {
    if (event.key == "a") bucket.put("b", "later").value();
  };
  CHECK(cloudkit::backup(bucket, directory, options).value().status());
  CHECK(::test::read_file(directory + "/latest/b") == "listed");
  for (const auto& version : bucket.list_versions()) {
    CHECK(bucket.remove_version(version.value().key, version.value().version_id));
  }
  remove(bucket);
}
