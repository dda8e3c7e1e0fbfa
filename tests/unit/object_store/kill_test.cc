#include "support/forwarding_bucket.h"
#include "support/kills.h"
#include "unit/local/fixture.h"

#include <cloudkit/object_store.h>

#include <sstream>

using namespace ::test;

namespace {

constexpr std::size_t kSize = std::size_t{3} << 20;

// Files, moved by several workers as if they were far away.
struct FarBucket final : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Capabilities capabilities() const override {
    Capabilities able = inner_->capabilities();
    able.remote = true;
    return able;
  }
};

std::string content_of(int round) { return std::string(kSize, static_cast<char>('a' + round % 26)); }

// Of one content, not of two.
bool is_whole(const std::string& data) {
  return data.size() == kSize && data.find_first_not_of(data[0]) == std::string::npos;
}

struct KillFixture : FileBucket {
  const Bucket handle{std::make_shared<FarBucket>(bucket)};
  const TemporaryDirectory place;
  const std::string path = place.file("file");
  std::mt19937 random{7};
  TransferOptions transfer;

  KillFixture() {
    transfer.part_size = 128 << 10;
    transfer.workers = 4;
  }
  std::string file() const {
    std::ostringstream out;
    out << std::ifstream(path, std::ios::binary).rdbuf();
    return out.str();
  }
  void write_whole(const std::string& data) const {
    std::ofstream(path + ".new", std::ios::binary) << data;
    std::filesystem::rename(path + ".new", path);
  }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(place.path()))
      found.push_back(entry.path().filename());
    return found;
  }

  void download_for_ever() const {
    GetOptions options;
    options.transfer = transfer;
    while (handle.download("k", File{path}, options)) {
    }
  }
  void upload_for_ever() const {
    PutOptions options;
    options.transfer = transfer;
    while (handle.put("k", File{path}, options)) {
    }
  }
  // The object changes now and then, so that some go on where another stopped and some must not.
  void kill_downloads() {
    for (int round = 0; round < kills(); ++round) {
      if (round % 3 == 0) REQUIRE(put(*bucket, "k", content_of(round)));
      kill_at_random(random, [&] { download_for_ever(); });
      if (std::filesystem::exists(path)) REQUIRE(is_whole(file()));
    }
  }
};

}  // namespace

TEST_CASE_FIXTURE(KillFixture, "a program killed while it downloads leaves the file whole, old, or not there") {
  kill_downloads();
  GetOptions options;
  options.transfer = transfer;
  REQUIRE(handle.download("k", File{path}, options));
  CHECK(file() == get(*bucket, "k").value());
}

TEST_CASE_FIXTURE(KillFixture, "so does one that is to go on, and at the end nothing is left beside the file") {
  transfer.resume = true;
  kill_downloads();
  GetOptions options;
  options.transfer = transfer;
  const auto info = handle.download("k", File{path}, options);
  REQUIRE_MESSAGE(info, info.error().to_string());
  CHECK(file() == get(*bucket, "k").value());
  CHECK(names() == std::vector<std::string>{"file"});
}

TEST_CASE_FIXTURE(KillFixture, "a program killed while it uploads a file leaves the object whole, old, or not there") {
  transfer.resume = true;
  for (int round = 0; round < kills(); ++round) {
    if (round % 3 == 0) write_whole(content_of(round));
    kill_at_random(random, [&] { upload_for_ever(); });
    if (const auto object = get(*bucket, "k")) REQUIRE(is_whole(*object));
    for (const auto& key : list(*bucket)) REQUIRE(key == "k");
  }
  PutOptions options;
  options.transfer = transfer;
  const auto info = handle.put("k", File{path}, options);
  REQUIRE_MESSAGE(info, info.error().to_string());
  CHECK(get(*bucket, "k").value() == file());
  CHECK(names() == std::vector<std::string>{"file"});
  // Whoever was killed between the beginning of an upload and its note left one that can be found.
  UploadListing uploads = handle.list_uploads();
  for (const auto& entry : uploads) {
    REQUIRE(entry);
    CHECK(entry->key == "k");
    CHECK(handle.abort_upload(entry->key, entry->upload));
  }
  UploadListing none = handle.list_uploads();
  CHECK(none.begin() == none.end());
}
