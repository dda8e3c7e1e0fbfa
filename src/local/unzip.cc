#include "local/unzip.h"

#include "core/beneath.h"
#include "core/fs_error.h"
#include "core/unique_fd.h"
#include "core/write_all.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace cloudkit::inline v0::local {
namespace {

using codec::ZipEntry;
using codec::ZipEntryKind;

// What the owner needs, and neither set-uid bits nor write access for others.
unsigned unpacked_mode(const ZipEntry& entry) {
  return (entry.mode & 0755U) | (entry.kind == ZipEntryKind::directory ? 0700U : 0600U);
}

Status unpack_failed(const ZipEntry& entry) { return core::fs_error("unpack " + entry.name, errno); }

// The directory in which the entry lies, made when the zip has none.
core::UniqueFd directory_of(int root, const ZipEntry& entry) {
  return core::make_directories_beneath(root, core::parent_of(entry.name), false);
}

Status unpack_directory(int root, const ZipEntry& entry) {
  const core::UniqueFd made = core::make_directories_beneath(root, entry.name, false);
  if (!made || ::fchmod(made.get(), unpacked_mode(entry)) != 0) return unpack_failed(entry);
  return {};
}

Status unpack_file(int root, const ZipEntry& entry, std::string_view contents) {
  const core::UniqueFd directory = directory_of(root, entry);
  if (!directory) return unpack_failed(entry);
  const core::UniqueFd file(::openat(directory.get(), std::string(core::name_of(entry.name)).c_str(),
                                     O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file || !core::write_all(file.get(), contents)) return unpack_failed(entry);
  if (::fchmod(file.get(), unpacked_mode(entry)) != 0) return unpack_failed(entry);
  return {};
}

Status unpack_link(int root, const ZipEntry& entry, const std::string& target) {
  const core::UniqueFd directory = directory_of(root, entry);
  if (!directory) return unpack_failed(entry);
  if (::symlinkat(target.c_str(), directory.get(), std::string(core::name_of(entry.name)).c_str()) != 0) {
    return unpack_failed(entry);
  }
  return {};
}

Status unpack(int root, const ZipEntry& entry, const codec::ZipReader& zip) {
  if (entry.kind == ZipEntryKind::directory) return unpack_directory(root, entry);
  auto contents = zip.read(entry);
  if (!contents) return std::move(contents).error();
  return entry.kind == ZipEntryKind::symlink ? unpack_link(root, entry, *contents)
                                             : unpack_file(root, entry, *contents);
}

}  // namespace

Status unzip_beneath(int directory, const codec::ZipReader& zip) {
  for (const bool links : {false, true}) {
    for (const ZipEntry& entry : zip.entries()) {
      if ((entry.kind == ZipEntryKind::symlink) != links) continue;
      if (auto unpacked = unpack(directory, entry, zip); !unpacked) return unpacked;
    }
  }
  return {};
}

}  // namespace cloudkit::inline v0::local
