#include "local/stored.h"

#include "core/fail.h"
#include "core/fs_error.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

namespace cloudkit::inline v0::local {
namespace {

constexpr codec::JsonLimits kStoredLimits{kLargestRecord, 16, 1'000'000};

}  // namespace

Status check_private_directory(const std::string& path) {
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0) {
    return errno == ENOENT ? Status() : Status(core::fs_error("look at the directory " + path, errno));
  }
  if (!S_ISDIR(found.st_mode)) {
    return core::fail(ErrorCode::permission_denied, path + " is no directory",
                      "a symbolic link is not followed: name the directory that it leads to");
  }
  if (found.st_uid != ::geteuid()) {
    return core::fail(ErrorCode::permission_denied, path + " belongs to another user", "name a directory of your own");
  }
  if ((found.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return core::fail(ErrorCode::permission_denied, "others may write to " + path,
                      "see that all in it is yours, then chmod go-w it");
  }
  return {};
}

Status make_private_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0) return {};
  if (errno == EEXIST) return check_private_directory(path);
  return core::fs_error("make the directory " + path, errno);
}

Status make_private_root(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  return make_private_directory(path);
}

Status remove_file(const std::string& path) {
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
  return core::fs_error("remove " + path, errno);
}

Result<std::vector<std::string>> stored_names(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    std::string name = it->path().filename().string();
    if (!name.ends_with(kJsonSuffix)) continue;
    name.resize(name.size() - kJsonSuffix.size());
    names.push_back(std::move(name));
  }
  if (error) return core::fs_error("read the directory " + directory, error.value());
  std::sort(names.begin(), names.end());
  return names;
}

Result<codec::JsonValue> parse_stored(std::string_view text, const char* what) {
  auto json = codec::JsonValue::parse(text, kStoredLimits);
  if (json) return json;
  return core::fail(ErrorCode::data_loss,
                    std::string("the stored ") + what + " cannot be read: " + json.error().message);
}

std::string text_at(const codec::JsonValue& json, std::string_view name) {
  return std::string(json.find(name).as_string().value_or(""));
}

int int_at(const codec::JsonValue& json, std::string_view name) {
  return static_cast<int>(json.find(name).as_i64().value_or(0));
}

core::TimePoint time_at(const codec::JsonValue& json, std::string_view name) {
  return core::parse_rfc3339(text_at(json, name)).value_or(core::TimePoint());
}

}  // namespace cloudkit::inline v0::local
