#include "testing/suite.h"

#include <algorithm>

/// Many objects at once.
namespace cloudkit::inline v0::testing {
namespace {

void expect_all_removed(const Case& c, const RemoveReport& report, std::uint64_t count) {
  if (auto status = report.status(); !status) c.fail("remove_many: expected success, got " + show(status.error()));
  c.expect_equal(report.removed, count, "the number of removed keys");
  c.expect_equal(report.not_tried.size(), std::size_t{0}, "the number of keys that were not tried");
}

void bulk_delete_1500_mixed_missing(const Case& c) {
  const std::vector<std::string> present = fill(c, "bulk/", c.scale(900, 90));
  c.put("bulk0", "stays");
  c.put("bulk/00000x", "stays");
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < present.size(); ++i) {
    keys.push_back(present[i]);
    if (i % 3 != 0) keys.push_back("missing/" + std::to_string(i));
  }
  expect_all_removed(c, c.bucket().remove_many(keys), keys.size());
  c.expect_keys({}, {"bulk/00000x", "bulk0"}, "the keys that were not named");
  expect_all_removed(c, c.bucket().remove_many(keys), keys.size());  // Again: all are missing now.
  expect_all_removed(c, c.bucket().remove_many({}), 0);

  // What cannot be a key is an error of its own.
  c.put("last", "v");
  const RemoveReport report = c.bucket().remove_many(std::vector<std::string>{"", "last", "\xC3\x28"});
  c.expect_equal(report.removed, std::uint64_t{1}, "the number of removed keys among bad ones");
  c.expect_equal(report.failures.size(), std::size_t{2}, "the number of failures");
  for (const RemoveFailure& failure : report.failures) {
    c.expect_error(Status(failure.error), ErrorCode::invalid_argument, "removing the key " + show(failure.key));
  }
  c.expect_missing("last");
}

// Requests for many are documents, in which not every key can be written, and readers of documents
// trim and fold white space: each key here has a neighbour that a careless reader takes for it.
void bulk_delete_weird_keys(const Case& c) {
  std::vector<std::string> keys = {" lead", "trail ", "a  b", "a&amp;b", "<key>", "q\"'", "%41", "a+b", "\xC3\xBC"};
  std::vector<std::string> neighbours = {"lead", "trail", "a b", "a&b", "key", "q", "A", "a b c", "u\xCC\x88"};
  if (c.can().key_control_characters) {
    keys.insert(keys.end(), {"tab\tkey", "cr\rkey", "one\x01", "tail\t"});
    neighbours.insert(neighbours.end(), {"tab key", "cr key", "one", "tail"});
  }
  for (const std::string& key : keys) c.put(key, "goes");
  for (const std::string& key : neighbours) c.put(key, "stays");
  expect_all_removed(c, c.bucket().remove_many(keys), keys.size());
  std::sort(neighbours.begin(), neighbours.end());
  c.expect_keys({}, neighbours, "the neighbours of what was removed");
}

void remove_all_of_a_prefix(const Case& c) {
  const std::vector<std::string> other = {"aa", "ac/1", "b"};
  for (const std::string& key : other) c.put(key, "stays");
  for (const std::string_view key : {"ab", "ab1", "ab.d/2/3", "abc"}) c.put(key, "goes");
  expect_all_removed(c, c.bucket().remove_all("none"), 0);
  expect_all_removed(c, c.bucket().remove_all("ab"), 4);
  c.expect_keys({}, other, "the keys outside the prefix");
  const int many = c.scale(1100, 110);
  fill(c, "m", many);
  expect_all_removed(c, c.bucket().remove_all("m"), static_cast<std::uint64_t>(many));
  expect_all_removed(c, c.bucket().remove_all(""), other.size());
  c.expect_keys({}, {}, "the keys of an emptied bucket");
}

}  // namespace

CaseList bulk_cases() {
  static constexpr CaseEntry kCases[] = {
      {"bulk_delete_1500_mixed_missing", bulk_delete_1500_mixed_missing},
      {"bulk_delete_weird_keys", bulk_delete_weird_keys},
      {"remove_all_of_a_prefix", remove_all_of_a_prefix},
  };
  return kCases;
}

}  // namespace cloudkit::inline v0::testing
