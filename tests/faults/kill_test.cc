// A program that is killed in the middle of a download.
#include "faults/whole_way.h"
#include "support/kills.h"
#include "support/read_file.h"

using namespace cloudkit;
using namespace faults;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kSize = 400'000;

// The object "a" is full of 'a'. Ranges are answered with what they ask for.
std::optional<Script> serve(const std::string& head) {
  const char letter = head[std::string_view("GET /bucket/").size()];
  const std::size_t range = head.find("range: bytes=");
  if (range == std::string::npos) return reply(200, std::string(kSize, letter), kObjectHeaders);
  const std::size_t first = std::stoul(head.substr(range + 13));
  const std::size_t last = std::stoul(head.substr(head.find('-', range + 13) + 1));
  return reply(206, std::string(last - first + 1, letter),
               kObjectHeaders + "Content-Range: bytes " + std::to_string(first) + '-' + std::to_string(last) + '/' +
                   std::to_string(kSize) + "\r\n");
}

[[noreturn]] void download_for_ever(const Bucket& bucket, const std::string& path) {
  GetOptions options;
  options.transfer.part_size = 50'000;
  for (unsigned i = 0;; ++i) {
    if (!bucket.download(i % 2 == 0 ? "a" : "b", File{path}, options)) ::_exit(1);
  }
}

}  // namespace

TEST_CASE("a program killed while it downloads leaves the old file or the new one") {
  ScriptedServer server;
  server.answer(serve);
  const test::TemporaryDirectory directory;
  const std::string path = directory.file("file");
  std::ofstream(path) << std::string(kSize, 'o');
  std::mt19937 random(3);
  int replaced = 0;
  // On a busy machine a sanitized program may take seconds for its first whole file: until there is one, kills come
  // later and later.
  std::chrono::microseconds latest = 20ms;
  for (int round = 0; round < test::kills() || (replaced == 0 && latest < 30s); ++round) {
    const std::chrono::microseconds moment(500 + random() % static_cast<std::uint64_t>(latest.count()));
    test::kill_after(moment, [&] { download_for_ever(VirtualStore(server).bucket(), path); });

    const std::string content = ::test::read_file(path);
    REQUIRE(content.size() == kSize);
    REQUIRE(content.find_first_not_of(content[0]) == std::string::npos);
    if (content[0] != 'o') ++replaced;
    if (replaced == 0) latest += latest / 8;
    for (const auto& entry : std::filesystem::directory_iterator(directory.path())) {
      const std::string name = entry.path().filename().string();
      REQUIRE((name == "file" || name.starts_with(".ck-tmp-")));
    }
  }
  CHECK(replaced > 0);
  CHECK(VirtualStore(server).bucket().download("b", File{path}));
}
