#pragma once

#include "local/file_store.h"
#include "support/driver_io.h"
#include "support/read_file.h"
#include "support/temporary_directory.h"

#include <fstream>

namespace test {

/// A store in a directory of its own, with one bucket "b". Most tests need no fsync.
struct FileBucket {
  FileBucket() { REQUIRE(store.create_bucket("b", {}).has_value()); }

  static local::StoreConfig config_of(const std::string& directory, bool sync = false) {
    local::StoreConfig config;
    config.directory = directory;
    config.sync = sync;
    return config;
  }
  std::string path(const std::string& key) const { return root.path() + "/b/" + key; }
  void write_file(const std::string& key, const std::string& text) const { std::ofstream(path(key)) << text; }
  std::string read_file(const std::string& key) const { return ::test::read_file(path(key)); }
  /// Every name below the bucket's directory, hidden ones too.
  std::vector<std::string> everything() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root.path() + "/b")) {
      names.push_back(std::filesystem::relative(entry.path(), root.path() + "/b").string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  TemporaryDirectory root;
  local::FileStoreDriver store{config_of(root.path())};
  std::shared_ptr<BucketDriver> bucket = store.bucket("b").value();
};

}  // namespace test
