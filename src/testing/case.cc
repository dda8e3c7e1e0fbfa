#include "testing/suite.h"

#include <algorithm>
#include <filesystem>

namespace cloudkit::inline v0::testing {
namespace {

std::size_t open_descriptors(const Case& c) {
  std::error_code error;
  std::filesystem::directory_iterator entries("/proc/self/fd", error);
  if (error) c.skip("this system does not show a program's file descriptors");
  std::size_t count = 0;
  for (auto entry = std::filesystem::begin(entries); entry != std::filesystem::end(entries); ++entry) ++count;
  return count;
}

}  // namespace

ObjectInfo Case::put(std::string_view key, std::string_view data, const PutOptions& options) const {
  return expect_ok(bucket_.put(key, data, options), "putting " + show(key));
}

Object Case::expect_content(std::string_view key, std::string_view data) const {
  Object object = expect_ok(bucket_.get(key), "getting " + show(key));
  if (object.data != data) fail("the content of " + show(key) + ": " + show_difference(object.data, data));
  expect_equal(object.info.size, data.size(), "the size that get says " + show(key) + " has");
  return object;
}

void Case::expect_missing(std::string_view key) const {
  expect_error(bucket_.get(key), ErrorCode::not_found, "getting " + show(key) + ", which should not exist");
}

std::vector<std::string> Case::keys(const ListOptions& options) const {
  std::vector<std::string> keys;
  for (const ListEntry& entry : expect_ok(bucket_.list_all(options), "listing prefix " + show(options.prefix))) {
    keys.push_back(entry.key);
  }
  return keys;
}

void Case::expect_keys(const ListOptions& options, const std::vector<std::string>& expected,
                       std::string_view what) const {
  expect_equal(keys(options), expected, what);
}

PutOptions in_parts() {
  PutOptions options;
  options.transfer.part_size = kPart;
  return options;
}

std::string pattern(std::size_t size, unsigned seed) {
  // Parts begin at no multiple of this prime, so that exchanged ones differ.
  constexpr std::size_t kPeriod = 65'521;
  std::string out(std::min(size, kPeriod), '\0');
  std::uint32_t state = seed * 2654435761U + 1;
  for (char& c : out) {
    state = state * 1664525U + 1013904223U;
    c = static_cast<char>(state >> 24);
  }
  out.reserve(size);
  while (out.size() < size) out.append(out, 0, size - out.size());
  return out;
}

std::vector<std::string> fill(const Case& c, const std::string& prefix, int count) {
  std::vector<std::string> keys;
  for (int i = 0; i < count; ++i) {
    const std::string digits = std::to_string(100000 + i).substr(1);
    keys.push_back(prefix + digits);
  }
  constexpr int kThreads = 8;
  in_threads(kThreads, [&](int thread) {
    for (auto i = static_cast<std::size_t>(thread); i < keys.size(); i += kThreads) c.put(keys[i], "x");
  });
  return keys;
}

bool can_list_uploads(const Bucket& bucket) {
  const Capabilities can = bucket.capabilities();
  return can.uploads && can.list_uploads;
}

std::vector<UploadEntry> uploads(const Case& c) {
  std::vector<UploadEntry> entries;
  if (!c.can().list_uploads) return entries;
  UploadListing listing = c.bucket().list_uploads();
  for (const auto& entry : listing) entries.push_back(c.expect_ok(entry, "listing uploads"));
  return entries;
}

std::size_t open_uploads(const Case& c) {
  if (can_list_uploads(c.bucket())) return uploads(c).size();
  return c.harness().open_uploads ? c.harness().open_uploads() : 0;
}

void expect_three_part_requests(const Case& c, long sent, const std::string& what) {
  // One more where the reply to the last one does not name the token.
  const long fewest = c.harness().three_part_requests;
  c.expect(sent >= fewest && sent <= fewest + 1, what + " took " + std::to_string(sent) + " requests");
}

void expect_descriptors_return(const Case& c, std::size_t spare, const std::function<void()>& work) {
  // What something else in the program opens meanwhile is not left each time.
  constexpr int kTimes = 3;
  std::size_t last = open_descriptors(c);
  std::string counts = std::to_string(last);
  for (int i = 0; i < kTimes; ++i) {
    work();
    const std::size_t now = open_descriptors(c);
    if (now <= last + spare) return;
    last = now;
    counts += ", " + std::to_string(now);
  }
  c.fail("file descriptors are left open, more each time that the same calls are made: " + counts);
}

}  // namespace cloudkit::inline v0::testing
