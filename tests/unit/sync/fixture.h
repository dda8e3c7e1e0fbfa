#pragma once

#include "memory/store_driver.h"
#include "support/read_file.h"
#include "support/temporary_directory.h"

#include <cloudkit/memory.h>
#include <cloudkit/open.h>
#include <cloudkit/sync.h>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

/// A bucket in memory, and a directory for its backups.
namespace test {

using Names = std::vector<std::string>;

/// For buckets that misbehave.
inline std::shared_ptr<cloudkit::BucketDriver> memory_driver() {
  cloudkit::memory::MemoryStoreDriver store;
  store.create_bucket("b", {}).value();
  return store.bucket("b").value();
}

struct WithBackups {
  cloudkit::ObjectStore store = cloudkit::memory::make_memory_store();
  cloudkit::Bucket bucket = store.create_bucket("reports").value();
  TemporaryDirectory above;
  std::string directory = above.file("backups");
  cloudkit::BackupOptions options = without_sync();

  // What a crash of the machine leaves is another test's; the disk is shared with others.
  static cloudkit::BackupOptions without_sync() {
    cloudkit::BackupOptions options;
    options.sync = false;
    return options;
  }

  cloudkit::BackupReport backup() { return cloudkit::backup(bucket, directory, options).value(); }
  cloudkit::BackupReport whole_backup() {
    auto report = backup();
    REQUIRE(report.status());
    REQUIRE(report.finished);
    return report;
  }
  void back_up() { static_cast<void>(whole_backup()); }
  /// No failure, and no file too many.
  void check_whole(const std::string& snapshot = {}) const {
    const auto verified = cloudkit::verify(directory, {.snapshot = snapshot}).value();
    for (const auto& failure : verified.failures) FAIL_CHECK(failure.error.to_string());
    CHECK(verified.missing == 0);
  }
  std::string path(const std::string& name) const { return directory + '/' + name; }
  std::string read(const std::string& name) const { return ::test::read_file(path(name)); }
  ino_t inode(const std::string& name) const {
    struct stat state{};
    return ::lstat(path(name).c_str(), &state) == 0 ? state.st_ino : 0;
  }
  /// Every file below, in order; directories with a '/' at their end.
  Names tree(const std::string& name) const {
    Names names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path(name))) {
      names.push_back(entry.path().lexically_relative(path(name)).string() + (entry.is_directory() ? "/" : ""));
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  /// As if somebody had written into it in its place.
  void overwrite(const std::string& name, const std::string& text) const {
    std::filesystem::permissions(path(name), std::filesystem::perms::owner_all);
    std::ofstream(path(name), std::ios::binary) << text;
  }
};

/// Keys, and "size token"-less contents: what two buckets have in common.
inline std::map<std::string, std::string> contents(const cloudkit::Bucket& bucket) {
  std::map<std::string, std::string> all;
  for (const auto& entry : bucket.list()) all[entry.value().key] = bucket.get(entry.value().key).value().data;
  return all;
}

inline std::string code_of(const cloudkit::Status& status) {
  return status ? "ok" : std::string(cloudkit::to_string(status.error().code));
}

}  // namespace test
