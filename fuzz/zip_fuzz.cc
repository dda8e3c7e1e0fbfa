// Zips from strangers: whatever is opened can be read to its end or refused, and stays below its directory when it is
// unpacked. A program in it is looked at as ELF.
#include "codec/elf.h"
#include "codec/zip.h"
#include "codec/zip_names.h"
#include "core/unique_fd.h"
#include "local/unzip.h"
#include "support/read_file.h"
#include "support/temporary_directory.h"

#include <fcntl.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

using namespace cloudkit;

namespace {

constexpr codec::ZipLimits kLimits{.max_entries = 1000, .max_size = 1 << 20};

void require(bool condition) {
  if (!condition) std::abort();
}

// What was read can be packed, and is the same when it is read again.
void check_repacked(const std::vector<codec::ZipFile>& files) {
  if (files.empty()) return;
  const auto packed = codec::write_zip(files);
  require(packed.has_value());
  const auto again = codec::ZipReader::open(*packed, kLimits);
  require(again && again->entries().size() == files.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto& entry = again->entries()[i];
    require(files[i].name.starts_with(entry.name) && entry.mode == (files[i].mode & 07777U));
    require(entry.kind == codec::ZipEntryKind::directory || again->read(entry).value() == files[i].contents);
  }
}

// Beside the directory lies what nobody may touch.
void check_unpacked(const codec::ZipReader& zip) {
  const ::test::TemporaryDirectory place;
  const std::string inside = place.file("inside");
  std::filesystem::create_directory(inside);
  std::ofstream(place.file("beside")) << "as it was";
  {
    const core::UniqueFd directory(::open(inside.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    (void)local::unzip_beneath(directory.get(), zip);
  }
  std::size_t found = 0;
  for (const auto& entry : std::filesystem::directory_iterator(place.path())) {
    require(entry.path() == inside || entry.path() == place.file("beside"));
    ++found;
  }
  require(found == 2 && ::test::read_file(place.file("beside")) == "as it was");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (codec::is_elf(bytes)) (void)codec::read_elf(bytes);
  const auto zip = codec::ZipReader::open(bytes, kLimits);
  if (!zip) return 0;
  std::vector<codec::ZipFile> files;
  std::uint64_t total = 0;
  for (const codec::ZipEntry& entry : zip->entries()) {
    require(codec::check_zip_name(entry.name).has_value());
    total += entry.size;
    auto contents = zip->read(entry);
    if (!contents) return 0;
    require(contents->size() == entry.size);
    if (entry.kind == codec::ZipEntryKind::symlink) {
      require(codec::check_zip_link(entry.name, *contents).has_value());
      continue;
    }
    const bool is_directory = entry.kind == codec::ZipEntryKind::directory;
    files.push_back({entry.name + (is_directory ? "/" : ""), entry.mode, is_directory ? "" : std::move(*contents)});
  }
  require(total <= kLimits.max_size);
  check_repacked(files);
  check_unpacked(*zip);
  return 0;
}
