#include "local/upload_dir.h"

#include "core/beneath.h"
#include "core/directory.h"
#include "core/encode.h"
#include "core/fs_error.h"
#include "core/random.h"
#include "core/upload_rules.h"
#include "local/file_state.h"
#include "local/key_path.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <functional>

namespace cloudkit::inline v0::local {
namespace {

using core::UniqueFd;

// All begin with kReservedPrefix, so that nothing ever takes them for objects.
constexpr std::string_view kUploads = ".ck-uploads";
constexpr std::string_view kRecord = ".ck-upload";
constexpr std::string_view kPartPrefix = ".ck-part-";
constexpr std::size_t kIdSize = 24;

bool is_id(std::string_view text) {
  return text.size() == kIdSize && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::optional<int> number_of_part(std::string_view name) {
  if (!name.starts_with(kPartPrefix)) return std::nullopt;
  const auto number = core::parse_u64(name.substr(kPartPrefix.size()));
  if (!number || *number == 0 || *number > INT_MAX) return std::nullopt;
  return static_cast<int>(*number);
}

Result<std::string> read_key(const OpenObject& record) {
  std::string key(static_cast<std::size_t>(std::min<off_t>(record.state.st_size, kMaxKeySize)), '\0');
  ssize_t count = 0;
  do {
    count = ::pread(record.file.get(), key.data(), key.size(), 0);
  } while (count < 0 && errno == EINTR);
  if (count < 0) return core::fs_error("read the record of an upload", errno);
  key.resize(static_cast<std::size_t>(count));
  return key;
}

// Opens `directory` and names what is in it; one that is not there has nothing.
Status for_each_name(const BucketDir& bucket, std::string_view directory, const Context& context,
                     const std::function<void(int directory, const std::string& name)>& take) {
  const UniqueFd opened = core::open_beneath(bucket.fd.get(), directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!opened && core::is_gone(errno)) return {};
  if (!opened) return core::fs_error("open the directory " + bucket.path_of(directory), errno);
  return core::for_each_entry(opened.get(), bucket.path_of(directory), context,
                              [&](std::string_view name, core::EntryKind) {
                                take(opened.get(), std::string(name));
                                return true;
                              });
}

// Nothing for what is no upload, or none any more.
std::optional<UploadEntry> read_entry(const BucketDir& bucket, const std::string& id) {
  const auto record = open_object(bucket, record_of(fmt::format("{}/{}", kUploads, id)));
  const auto key = record ? read_key(*record) : Result<std::string>(record.error());
  if (!key || !check_key(*key)) return std::nullopt;
  return UploadEntry{*key, {id}, modified_of(record->state)};
}

}  // namespace

UploadId new_upload_id() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
  return {fmt::format("{:016x}{}", static_cast<std::uint64_t>(nanoseconds), core::random_hex(4))};
}

Result<std::string> upload_directory(const UploadId& upload) {
  if (!is_id(upload.value)) return core::no_such_upload();
  return fmt::format("{}/{}", kUploads, upload.value);
}

std::string record_of(std::string_view directory) { return fmt::format("{}/{}", directory, kRecord); }

std::string part_of(std::string_view directory, int number) {
  return fmt::format("{}/{}{}", directory, kPartPrefix, number);
}

Result<Attributes> open_upload(const BucketDir& bucket, std::string_view directory, std::string_view key) {
  auto record = open_object(bucket, record_of(directory));
  if (!record && record.error().code == ErrorCode::not_found) return core::no_such_upload();
  if (!record) return std::move(record).error();
  const auto stored_key = read_key(*record);
  if (!stored_key) return stored_key.error();
  if (*stored_key != key) return core::no_such_upload();
  return std::move(record->attributes);
}

bool upload_exists(const BucketDir& bucket, std::string_view directory) {
  return static_cast<bool>(
      core::open_beneath(bucket.fd.get(), record_of(directory), O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
}

Result<std::vector<UploadPart>> stored_parts(const BucketDir& bucket, std::string_view directory,
                                             const Context& context) {
  std::vector<UploadPart> parts;
  const Status read = for_each_name(bucket, directory, context, [&](int opened, const std::string& name) {
    const auto number = number_of_part(name);
    struct stat state{};
    const bool is_part =
        number && ::fstatat(opened, name.c_str(), &state, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(state.st_mode);
    if (is_part)
      parts.push_back({*number, static_cast<std::uint64_t>(state.st_size), token_of(opened, name, state), {}});
  });
  if (!read) return read.error();
  // One that ends meanwhile takes its parts away after its record: what was read may lack some.
  if (!upload_exists(bucket, directory)) return core::no_such_upload();
  std::sort(parts.begin(), parts.end(), [](const UploadPart& a, const UploadPart& b) { return a.number < b.number; });
  return parts;
}

void end_upload(const BucketDir& bucket, std::string_view directory) noexcept {
  const UniqueFd opened = core::open_beneath(bucket.fd.get(), directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (opened) ::unlinkat(opened.get(), std::string(kRecord).c_str(), 0);
}

Status remove_upload_files(const BucketDir& bucket, std::string_view directory, const Context& context) {
  const Status removed = for_each_name(
      bucket, directory, context, [](int opened, const std::string& name) { ::unlinkat(opened, name.c_str(), 0); });
  core::prune_beneath(bucket.fd.get(), directory);
  return removed;
}

Result<std::vector<UploadEntry>> find_uploads(const BucketDir& bucket, std::string_view prefix,
                                              const Context& context) {
  std::vector<UploadEntry> uploads;
  const Status read = for_each_name(bucket, kUploads, context, [&](int, const std::string& name) {
    auto entry = is_id(name) ? read_entry(bucket, name) : std::nullopt;
    if (entry && entry->key.starts_with(prefix)) uploads.push_back(*std::move(entry));
  });
  if (!read) return read.error();
  return uploads;
}

}  // namespace cloudkit::inline v0::local
