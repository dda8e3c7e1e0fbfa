#include "local/functions/directory_store.h"

#include "core/encode.h"
#include "core/fail.h"
#include "core/fs_error.h"
#include "core/whole_file.h"
#include "local/stored.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

namespace cloudkit::inline v0::local::functions {
namespace {

constexpr std::string_view kArnPrefix = "arn:aws:lambda:local:000000000000:function:";
// https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html: also what is safe as a file's name.
constexpr std::string_view kNameCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
constexpr std::size_t kLongestName = 64;

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName &&
         text.find_first_not_of(kNameCharacters) == std::string_view::npos;
}

// Nothing stored is an empty list.
template <class Value>
Result<std::vector<Value>> read_list(const std::string& path,
                                     Result<std::vector<Value>> (*parse)(std::string_view text)) {
  auto text = core::read_whole_file(path, kLargestRecord);
  if (!text) return std::move(text).error();
  if (!*text) return std::vector<Value>();
  return parse(**text);
}

template <class Value>
Status write_list(const std::string& path, const std::vector<Value>& values) {
  if (values.empty()) return remove_file(path);
  const auto text = to_json(values);
  if (!text) return text.error();
  return core::replace_private_file(path, *text);
}

}  // namespace

std::string DirectoryStore::path(std::string_view name) const { return fmt::format("{}/{}", directory_, name); }
std::string DirectoryStore::record_path(std::string_view name) const {
  return fmt::format("{}/functions/{}/function.json", directory_, name);
}
std::string DirectoryStore::code_path(std::string_view name, std::string_view revision) const {
  return fmt::format("{}/functions/{}/code/{}", directory_, name, revision);
}

Status DirectoryStore::prepare() const {
  if (auto status = make_private_root(directory_); !status) return status;
  for (const char* name : {"functions", "endpoints", "schedules", "logs", "queue", "runtime"}) {
    if (auto status = make_private_directory(path(name)); !status) return status;
  }
  return {};
}

Result<FunctionRecord> DirectoryStore::read(std::string_view name) const {
  if (!is_name(name)) return no_such_function(name);
  auto text = core::read_whole_file(record_path(name), kLargestRecord);
  if (!text) return std::move(text).error();
  if (!*text) return no_such_function(name);
  return parse_function(**text);
}

bool DirectoryStore::exists(std::string_view name) const {
  return is_name(name) && ::access(record_path(name).c_str(), F_OK) == 0;
}

Status DirectoryStore::write(const FunctionRecord& record) const {
  const auto text = to_json(record);
  if (!text) return text.error();
  for (const std::string& path : {path("functions/" + record.name), path("functions/" + record.name + "/code")}) {
    if (auto status = make_private_directory(path); !status) return status;
  }
  return core::replace_private_file(record_path(record.name), *text);
}

Status DirectoryStore::erase(std::string_view name) const { return remove_file(record_path(name)); }

Result<std::vector<std::string>> DirectoryStore::names() const {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator it(path("functions"), error), end; !error && it != end;
       it.increment(error)) {
    std::string name = it->path().filename().string();
    if (exists(name)) names.push_back(std::move(name));
  }
  if (error) return core::fs_error("read the directory " + path("functions"), error.value());
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::vector<std::string>> DirectoryStore::stored(std::string_view kind) const {
  auto names = stored_names(path(kind));
  if (names) std::erase_if(*names, [](const std::string& name) { return !is_name(name); });
  return names;
}

Result<std::vector<Endpoint>> DirectoryStore::endpoints(std::string_view function) const {
  return read_list(path(fmt::format("endpoints/{}{}", function, kJsonSuffix)), parse_endpoints);
}
Status DirectoryStore::write_endpoints(std::string_view function, const std::vector<Endpoint>& endpoints) const {
  return write_list(path(fmt::format("endpoints/{}{}", function, kJsonSuffix)), endpoints);
}
Result<std::vector<Schedule>> DirectoryStore::schedules(std::string_view function) const {
  return read_list(path(fmt::format("schedules/{}{}", function, kJsonSuffix)), parse_schedules);
}
Status DirectoryStore::write_schedules(std::string_view function, const std::vector<Schedule>& schedules) const {
  return write_list(path(fmt::format("schedules/{}{}", function, kJsonSuffix)), schedules);
}

Result<FunctionId> parse_function_id(std::string_view text) {
  std::string_view rest = text;
  if (rest.starts_with(kArnPrefix)) rest.remove_prefix(kArnPrefix.size());
  const std::size_t colon = rest.find(':');
  FunctionId id;
  id.name = std::string(rest.substr(0, colon));
  if (colon != std::string_view::npos) id.qualifier = std::string(rest.substr(colon + 1));
  if (!is_name(id.name)) return no_such_function(text);
  return id;
}

std::string function_arn(std::string_view name) { return std::string(kArnPrefix) + std::string(name); }

Error no_such_function(std::string_view name) {
  return core::fail(ErrorCode::not_found,
                    fmt::format("there is no function \"{}\"", core::printable_excerpt(name, 80)));
}

}  // namespace cloudkit::inline v0::local::functions
