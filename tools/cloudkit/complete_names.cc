#include "complete.h"
#include "location.h"

#include <cloudkit/open.h>

#include <chrono>
#include <filesystem>

namespace cloudkit::tool {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostNames = 200;
constexpr std::chrono::seconds kCompletionTime{1};

// That there is more: the shell must not take what these have in common for what all have.
void say_there_are_more(std::vector<Candidate>& found, const std::string& word) {
  found.push_back({word, "more", true});
}

std::vector<Candidate> schemes(const std::string& word) {
  std::vector<Candidate> found;
  for (const std::string& scheme : Registry::global().schemes()) {
    const std::string url = scheme + (scheme == "file" ? ":///" : "://");
    if (url.starts_with(word)) found.push_back({url, "", true});
  }
  return found;
}

std::vector<Candidate> buckets(const std::string& scheme, const std::string& begun, const std::string& query) {
  std::vector<Candidate> found;
  const auto store = open_object_store(scheme + query);
  if (!store) return found;
  const auto names = store->list_buckets({Context::with_timeout(kCompletionTime)});
  if (!names) return found;
  for (const BucketEntry& bucket : *names) {
    if (!bucket.name.starts_with(begun)) continue;
    if (found.size() == kMostNames) {
      say_there_are_more(found, scheme + begun);
      break;
    }
    found.push_back({scheme + bucket.name + '/', "", true});
  }
  return found;
}

// `word` as it was typed is `rest` in that directory. What is added to it is encoded, so that spelling stays.
std::vector<Candidate> keys(const Bucket& bucket, const std::string& word, const std::string& key_of_directory,
                            const std::string& rest) {
  std::vector<Candidate> found;
  ListOptions options;
  options.prefix = key_of_directory + rest;
  options.delimiter = "/";
  options.page_size = static_cast<int>(kMostNames) + 1;
  options.context = Context::with_timeout(kCompletionTime);
  for (const auto& entry : bucket.list(options)) {
    if (!entry) return {};
    if (found.size() == kMostNames) {
      say_there_are_more(found, word);
      break;
    }
    // What stands for the directory itself.
    if (entry->key.size() <= key_of_directory.size()) continue;
    found.push_back(
        {word + url_text(std::string_view(entry->key).substr(options.prefix.size())), "", entry->is_prefix});
  }
  return found;
}

}  // namespace

std::vector<Candidate> url_candidates(const std::string& word, const std::string& query) {
  const std::size_t colon = word.find("://");
  if (colon == std::string::npos) return schemes(word);
  if (word.find_first_of("?#*") != std::string::npos) return {};
  const std::string scheme = word.substr(0, colon + 3);
  const std::size_t slash = word.rfind('/');
  if (scheme != "file://" && slash == colon + 2) return buckets(scheme, word.substr(slash + 1), query);
  const auto location = parse_location(word.substr(0, slash + 1) + query);
  const auto rest = decoded(word.substr(slash + 1));
  if (!location || !rest) return {};
  const auto bucket = open(*location);
  if (!bucket) return {};
  return keys(*bucket, word, location->key, *rest);
}

std::vector<Candidate> path_candidates(const std::string& word, bool directories_only) {
  std::vector<Candidate> found;
  const std::size_t slash = word.rfind('/');
  const std::string directory = slash == std::string::npos ? "" : word.substr(0, slash + 1);
  const std::string begun = word.substr(directory.size());
  const auto deadline = std::chrono::steady_clock::now() + kCompletionTime;
  std::error_code error;
  fs::directory_iterator it(directory.empty() ? "." : directory, error);
  for (; !error && it != fs::directory_iterator(); it.increment(error)) {
    if (std::chrono::steady_clock::now() >= deadline) {
      say_there_are_more(found, word);
      break;
    }
    const std::string name = it->path().filename().string();
    if (!name.starts_with(begun) || (begun.empty() && name.front() == '.')) continue;
    std::error_code ignored;
    const bool is_directory = it->is_directory(ignored);
    if (directories_only && !is_directory) continue;
    if (found.size() == kMostNames) {
      say_there_are_more(found, word);
      break;
    }
    found.push_back({directory + name + (is_directory ? "/" : ""), "", is_directory});
  }
  return found;
}

}  // namespace cloudkit::tool
