// Names from strangers that become paths on this machine: keys, bucket names, upload ids and the files beside a
// download, among planted links that lead away. The input is two names, a line each; a name may hold anything else.
#include "core/beneath.h"
#include "core/encode.h"
#include "core/unique_fd.h"
#include "local/file_store.h"
#include "local/key_path.h"
#include "object_store/local_io.h"
#include "object_store/transfer/journal.h"
#include "support/read_file.h"
#include "support/temporary_directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace cloudkit;
namespace fs = std::filesystem;

namespace {

constexpr std::string_view kSecret = "nobody reads this";
constexpr std::string_view kWritten = "written";

void require(bool condition) {
  if (!condition) std::abort();
}

struct TextReceiver final : ObjectReceiver {
  Status begin(const ObjectInfo&, std::uint64_t, std::uint64_t) override { return {}; }
  Status write(Bytes chunk) override {
    text += chunk.view();
    return {};
  }
  std::string text;
};

// DIR/outside is what must stay as it is; DIR/store/bucket has links to it; DIR/downloads is for files.
class Playground {
 public:
  Playground() {
    fs::create_directories(outside_ + "/deeper");
    fs::create_directories(bucket_ + "/d/e");
    fs::create_directories(downloads_);
    for (const char* name : {"/secret", "/deeper/secret"}) std::ofstream(outside_ + name) << kSecret;
    fs::create_symlink(outside_, bucket_ + "/../linked");
    plant();
  }

  const std::string& store() const { return store_; }
  const std::string& bucket() const { return bucket_; }
  const std::string& outside() const { return outside_; }
  const std::string& downloads() const { return downloads_; }

  // What an input may take away.
  void plant() const {
    for (const char* name : {"/d/e/plain", "/plain"}) {
      if (::access((bucket_ + name).c_str(), F_OK) == 0) continue;
      fs::create_directories(fs::path(bucket_ + name).parent_path());
      std::ofstream(bucket_ + name) << "plain";
    }
    const std::pair<const char*, std::string> links[] = {
        {"/out", outside_},
        {"/up", ".."},
        {"/root", "/"},
        {"/file", outside_ + "/secret"},
        {"/loop", "loop"},
        {"/here", "."},
        {"/d/e/up", fs::path(outside_).lexically_relative(bucket_ + "/d/e").string()}};
    for (const auto& [name, target] : links) {
      require(::symlink(target.c_str(), (bucket_ + name).c_str()) == 0 || errno == EEXIST);
      require(fs::read_symlink(bucket_ + name) == target);
    }
  }

  // All that may be made lies below `store/bucket` and `downloads`.
  void check_outside() const {
    require(names_in(root_.path()) == Names{"downloads", "outside", "store"});
    require(names_in(store_) == Names{"bucket", "linked"});
    require(names_in(outside_) == Names{"deeper", "secret"} && names_in(outside_ + "/deeper") == Names{"secret"});
    for (const char* name : {"/secret", "/deeper/secret"}) require(::test::read_file(outside_ + name) == kSecret);
  }

  // Without a link on the way, as it is the same as what it comes to.
  static bool is_real(const std::string& path) {
    const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr), &std::free);
    return real != nullptr && path == real.get();
  }

  using Names = std::vector<std::string>;
  static Names names_in(const std::string& directory) {
    Names names;
    for (const auto& entry : fs::directory_iterator(directory)) names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }

 private:
  const test::TemporaryDirectory root_;
  const std::string store_ = root_.file("store");
  const std::string bucket_ = root_.file("store/bucket");
  const std::string outside_ = root_.file("outside");
  const std::string downloads_ = root_.file("downloads");
};

// A second way to say which keys are paths.
bool is_plain(const std::string& key) {
  if (key.empty() || key.size() > 4000 || key.find('\0') != std::string::npos) return false;
  const std::string framed = "/" + key + "/";
  for (const char* bad : {"//", "/./", "/../", "/.ck-"}) {
    if (framed.find(bad) != std::string::npos) return false;
  }
  for (std::size_t begin = 0, end = 0; end < key.size(); begin = end + 1) {
    end = std::min(key.find('/', begin), key.size());
    if (end - begin > 255) return false;
  }
  return true;
}

std::string path_of(int fd) { return fs::read_symlink("/proc/self/fd/" + std::to_string(fd)).string(); }

void check_open(const Playground& ground, const std::string& key) {
  const core::UniqueFd directory(::open(ground.bucket().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const core::UniqueFd at_once = core::open_beneath(directory.get(), key, O_RDONLY | O_NONBLOCK);
  const int error_at_once = at_once ? 0 : errno;
  const core::UniqueFd by_steps = core::open_beneath_by_steps(directory.get(), key, O_RDONLY | O_NONBLOCK);
  const int error_by_steps = by_steps ? 0 : errno;
  require(error_at_once == error_by_steps);
  if (!at_once) return;
  const std::string opened = key.empty() ? ground.bucket() : ground.bucket() + '/' + key;
  require(path_of(at_once.get()) == opened && path_of(by_steps.get()) == opened);
}

void check_read(const Playground& ground, BucketDriver& bucket, const std::string& key) {
  TextReceiver receiver;
  const auto got = bucket.get(key, {}, receiver);
  require(receiver.text.find(kSecret) == std::string::npos);
  require(bucket.head(key, {}).has_value() == got.has_value());
  if (got) require(Playground::is_real(ground.bucket() + '/' + key) && got->size == receiver.text.size());
  if (!got)
    require(!core::has_control_character(got.error().to_string().substr(0, got.error().to_string().find('\n'))));
}

void check_write(const Playground& ground, BucketDriver& bucket, const std::string& key) {
  const object_store::BytesSource source(kWritten);
  if (!bucket.put(key, source, {})) return;
  const std::string path = ground.bucket() + '/' + key;
  require(Playground::is_real(path) && ::test::read_file(path) == kWritten);
  require(bucket.remove(key, {}).has_value() && ::access(path.c_str(), F_OK) != 0);
}

void check_copy(BucketDriver& bucket, const std::string& from, const std::string& to) {
  CopyRequest request;
  request.source_bucket = "bucket";
  request.source_key = from;
  request.destination_key = to;
  if (!bucket.copy(request)) return;
  TextReceiver receiver;
  require(bucket.get(to, {}, receiver).has_value() && receiver.text.find(kSecret) == std::string::npos);
  require(bucket.remove(to, {}).has_value());
}

// Ids come from this program's state, which others may have written.
void check_upload(BucketDriver& bucket, const std::string& key, const std::string& id) {
  const object_store::BytesSource source(kWritten);
  PutPartRequest part;
  part.key = key;
  part.upload.value = id;
  part.number = 1;
  part.last = true;
  require(!bucket.put_part(part, source).has_value() && !bucket.list_parts(key, part.upload, {}).has_value());
  require(!bucket.complete_upload(key, part.upload, {}, {}).has_value());
  static_cast<void>(bucket.abort_upload(key, part.upload, {}));

  const auto begun = bucket.begin_upload(key, {});
  require(begun.has_value() == local::check_key(key).has_value());
  if (!begun) return;
  part.upload = *begun;
  require(bucket.put_part(part, source).has_value());
  require(bucket.abort_upload(key, *begun, {}).has_value());
}

void check_list(BucketDriver& bucket, const std::string& prefix) {
  ListPageRequest request;
  request.prefix = prefix;
  const auto page = bucket.list_page(request);
  if (!page) return;
  for (const ListEntry& entry : page->entries) require(entry.key == "plain" || entry.key == "d/e/plain");
}

void check_bucket(const Playground& ground, local::FileStoreDriver& store, const std::string& name) {
  const auto bucket = store.bucket(name);
  if (!bucket) return;
  require(is_plain(name) && name.find('/') == std::string::npos);
  const auto listed = (*bucket)->list_page({});
  require(!listed || name == "bucket");
  if (name != "bucket") check_read(ground, **bucket, "secret");
}

// The two files beside a download, with links in their places, and the file itself.
void check_download(const Playground& ground, const std::string& name, const std::string& target) {
  const std::string path = ground.downloads() + '/' + name;
  if (!object_store::check_path(path)) return;
  const std::string part = object_store::path_beside(path, target, ".ckpart");
  const std::string journal = object_store::path_beside(path, target, ".ckjournal");
  const std::string directory = path.substr(0, path.rfind('/') + 1);
  for (const std::string& beside : {part, journal}) {
    require(beside.starts_with(directory + ".ck-") && beside.find('/', directory.size()) == std::string::npos);
    require(beside.size() - directory.size() <= 255 && beside != path);
  }
  if (name.find('/') != std::string::npos) return;
  const std::string secret = ground.outside() + "/secret";
  for (const std::string& beside : {part, journal}) require(::symlink(secret.c_str(), beside.c_str()) == 0);
  require(!object_store::Journal::open(journal).has_value());
  for (const bool resumed : {false, true}) {
    auto file = resumed ? object_store::PendingFile::resume(path, part) : object_store::PendingFile::create(path);
    if (!file) continue;
    const bool published = file->write_at(0, kWritten).has_value() && file->publish().has_value();
    require(!published || (Playground::is_real(path) && ::test::read_file(path) == kWritten));
  }
  for (const std::string& made : {part, journal, path}) ::unlink(made.c_str());
  require(Playground::names_in(ground.downloads()).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Playground ground;
  static local::FileStoreDriver store(local::StoreConfig{ground.store(), false, false});
  static const std::shared_ptr<BucketDriver> bucket = store.bucket("bucket").value();

  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string first(input.substr(0, input.find('\n')));
  const std::string second(input.substr(std::min(first.size() + 1, input.size())));
  for (const std::string& key : {first, second}) {
    require(local::check_key(key).has_value() == is_plain(key));
    if (is_plain(key)) check_open(ground, key);
    check_read(ground, *bucket, key);
    check_write(ground, *bucket, key);
    ground.plant();
  }
  check_copy(*bucket, first, second);
  ground.plant();
  check_upload(*bucket, first, second);
  check_list(*bucket, first);
  check_bucket(ground, store, first);
  check_download(ground, first, second);
  ground.check_outside();
  return 0;
}
