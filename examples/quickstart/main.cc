// quickstart [URL] [DIR]: walks through a bucket's life with the files of a directory.
// Without arguments it needs no account: the bucket is in memory, the files are those below ".".
#include "run_program.h"

#include <cloudkit/open.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <system_error>
#include <vector>

namespace fs = std::filesystem;
using cloudkit::Bucket;
using cloudkit::Condition;
using cloudkit::ErrorCode;

namespace {

class Step {
 public:
  explicit Step(const char* what) : what_(what) {}
  void done(const std::string& facts) const {
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start_;
    std::printf("  %-14s %-52s %7.1f ms\n", what_, facts.c_str(), time.count());
  }

 private:
  const char* what_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// What cannot be read is left out; `error` says why there is nothing at all.
std::vector<fs::path> files_below(const fs::path& directory, std::error_code& error) {
  std::vector<fs::path> files;
  auto it = fs::recursive_directory_iterator(directory, fs::directory_options::skip_permission_denied, error);
  for (std::error_code ignored; it != fs::recursive_directory_iterator(); it.increment(ignored)) {
    const std::string name = it->path().filename().string();
    const bool skipped = name.front() == '.' || name == "build" || name == "dist" || name == "node_modules";
    if (it->is_directory(ignored) && skipped) it.disable_recursion_pending();
    const bool wanted = it->is_regular_file(ignored) && !it->is_symlink(ignored) && !skipped;
    if (wanted && files.size() < 1000) files.push_back(it->path());
  }
  return files;
}

std::string content_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string key_of(const fs::path& file, const fs::path& directory) {
  return "files/" + file.lexically_relative(directory).generic_string();
}

// Names that no store takes, as those that are not UTF-8, are refused before anything is sent: they are left out.
void put_all(const Bucket& bucket, std::vector<fs::path>& files, const fs::path& directory) {
  const Step step("put");
  std::uint64_t bytes = 0;
  const auto refused = std::erase_if(files, [&](const fs::path& file) {
    const auto info = bucket.put(key_of(file, directory), cloudkit::File{file.string()}, {.context = interrupted});
    if (!info && info.error().code == ErrorCode::invalid_argument) return true;
    bytes += info.value().size;
    return false;
  });
  step.done(std::to_string(files.size()) + " files, " + std::to_string(bytes) + " bytes" +
            (refused == 0 ? "" : ", " + std::to_string(refused) + " names refused"));
}

void list(const Bucket& bucket) {
  const Step step("list");
  std::size_t keys = 0;
  std::uint64_t bytes = 0;
  for (const auto& entry : bucket.list({.context = interrupted})) {  // Fetched page by page, as the loop goes.
    ++keys;
    bytes += entry.value().size;
  }
  step.done(std::to_string(keys) + " keys, " + std::to_string(bytes) + " bytes, in byte order");
}

void read_range(const Bucket& bucket, const std::string& key) {
  const Step step("read a range");
  const auto object = bucket.get(key, {.range = cloudkit::ByteRange{0, 16}, .context = interrupted}).value();
  step.done("the first " + std::to_string(object.data.size()) + " of " + std::to_string(object.info.size) +
            " bytes of " + key);
}

// Takes a download as it arrives, and holds it against what it should be.
class Comparison final : public cloudkit::Sink {
 public:
  explicit Comparison(std::string expected) : expected_(std::move(expected)) {}
  cloudkit::Status write(cloudkit::Bytes chunk) override {
    same_ = same_ && expected_.compare(position_, chunk.size(), chunk.view()) == 0;
    position_ += chunk.size();
    return {};
  }
  bool same() const { return same_ && position_ == expected_.size(); }

 private:
  std::string expected_;
  std::size_t position_ = 0;
  bool same_ = true;
};

void download_and_compare(const Bucket& bucket, const std::vector<fs::path>& files, const fs::path& directory) {
  const Step step("download");
  for (const auto& file : files) {
    Comparison comparison(content_of(file));
    bucket.download(key_of(file, directory), comparison, {.context = interrupted}).value();
    if (!comparison.same()) {
      throw cloudkit::Exception({ErrorCode::data_loss, file.string() + " came back different"});
    }
  }
  step.done(std::to_string(files.size()) + " files, every byte the same");
}

bool show_condition(const Bucket& bucket) {
  const Step step("condition");
  bucket.put("lock", "mine", {.condition = Condition::absent(), .context = interrupted}).value();
  const auto second = bucket.put("lock", "theirs", {.condition = Condition::absent(), .context = interrupted});
  const bool honoured = !second && second.error().code == ErrorCode::precondition_failed;
  step.done(honoured ? "a second \"only if absent\" put is refused" : "NOT honoured");
  if (!second) std::cout << second.error() << '\n';
  return honoured;
}

void show_error() {
  std::cout << "  an error, on purpose:\n";
  const auto wrong = cloudkit::open_bucket("s3://reports?endpont=https://localhost:9000");
  if (!wrong) std::cout << wrong.error() << '\n';
}

// Also what a failure or a Ctrl-C has left, so with a context of its own.
bool remove_all(const Bucket& bucket) {
  const Step step("remove");
  const auto report = bucket.remove_all("", {.context = cloudkit::Context::with_timeout(std::chrono::minutes(1))});
  if (const auto status = report.status(); !status) {
    std::cerr << status.error() << "\nwhat was stored is below " << bucket.url() << '\n';
    return false;
  }
  step.done(std::to_string(report.removed) + " objects");
  return true;
}

bool walk(const Bucket& bucket, std::vector<fs::path> files, const fs::path& directory) {
  put_all(bucket, files, directory);
  list(bucket);
  if (!files.empty()) read_range(bucket, key_of(files.front(), directory));
  download_and_compare(bucket, files, directory);
  return show_condition(bucket);
}

int show(const std::string& url, const fs::path& directory) {
  std::error_code error;
  const auto files = files_below(directory, error);
  if (files.empty()) {
    std::cerr << "no files below " << directory.string() << (error ? ": " + error.message() : "")
              << "\n  hint: name a directory that has some: quickstart " << url << " DIR\n";
    return 3;
  }
  std::cout << "cloudkit quickstart on " << url << '\n';
  const Step opening("open");
  const auto opened = cloudkit::open_bucket(url, {.create = true, .context = interrupted}).value();
  const auto bucket =
      opened.below("quickstart-" + std::to_string(std::chrono::system_clock::now().time_since_epoch().count())).value();
  opening.done("the bucket exists now");

  bool good = false;
  try {
    good = walk(bucket, files, directory);
  } catch (const cloudkit::Exception&) {
    remove_all(bucket);
    throw;
  }
  if (!remove_all(bucket)) return 1;
  show_error();
  std::cout << "next: ./quickstart file:///tmp/objects\n"
               "      ./quickstart 's3://BUCKET?region=REGION', or &endpoint=https://HOST for a server of your own\n"
               "      README.md, and examples/: each builds alone, copied out\n";
  return good ? 0 : 1;
}

int run(int argc, char** argv) {
  if (argc > 1 && argv[1][0] == '-') {
    const bool asked = std::string(argv[1]) == "--help" || std::string(argv[1]) == "-h";
    (asked ? std::cout : std::cerr) << "usage: quickstart [URL] [DIR]\n"
                                       "  URL  s3://BUCKET, file:///DIR or mem://NAME (mem://quickstart)\n"
                                       "  DIR  whose files are put (.)\n";
    return asked ? 0 : 2;
  }
  return show(argc > 1 ? argv[1] : "mem://quickstart", argc > 2 ? argv[2] : ".");
}

}  // namespace

int main(int argc, char** argv) {
  return run_program([&] { return run(argc, argv); });
}
