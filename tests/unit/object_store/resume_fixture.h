#pragma once

#include "lossy_bucket.h"
#include "support/driver_io.h"
#include "support/temporary_directory.h"
#include "support/varied_bytes.h"

#include <cloudkit/object_store.h>

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace cloudkit::test {

namespace fs = std::filesystem;

inline std::string read_file(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

inline void write_file(const std::string& path, std::string_view data) {
  std::ofstream(path, std::ios::binary) << data;
}

/// A bucket that loses what it is told to, and a directory for one file.
struct ResumeFixture {
  std::shared_ptr<LossyBucket> driver =
      std::make_shared<LossyBucket>(UploadLimits{.min_part = 4, .max_part = 1000, .max_parts = 100});
  Bucket bucket{driver};
  ::test::TemporaryDirectory directory;
  const std::string path = directory.file("file");
  TransferOptions transfer;

  ResumeFixture() {
    transfer.part_size = 10;
    transfer.workers = 1;
    transfer.resume = true;
  }

  /// The file that resuming has left, with this end of its name.
  std::string beside(std::string_view suffix) const {
    for (const auto& entry : fs::directory_iterator(directory.path())) {
      if (entry.path().string().ends_with(suffix)) return entry.path().string();
    }
    return {};
  }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory.path()), {}));
  }
};

}  // namespace cloudkit::test
