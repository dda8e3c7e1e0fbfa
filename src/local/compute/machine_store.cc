#include "local/compute/machine_store.h"

#include "core/beneath.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/fs_error.h"
#include "core/random.h"
#include "core/whole_file.h"
#include "core/write_all.h"
#include "local/compute/leftovers.h"
#include "local/compute/supervisor/protocol.h"
#include "local/remove_tree.h"
#include "local/stored.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

namespace cloudkit::inline v0::local::compute {
namespace {

using core::UniqueFd;

constexpr std::string_view kIdPrefix = "i-";
constexpr std::size_t kIdDigits = 17;
constexpr std::string_view kDigits = "0123456789abcdef";
constexpr std::string_view kUnfinished = ".new-";
// As long as EC2 knows a token at least.
constexpr std::chrono::hours kRemembered{24};
// Below the root: the places for files that every system has. The first is the root.
constexpr std::array<std::string_view, 6> kSkeleton = {"", "/etc", "/opt", "/srv", "/tmp", "/var"};
constexpr int kStoreFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

// None where nothing was made yet.
Result<std::vector<std::string>> entries_of(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    names.push_back(it->path().filename().string());
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return core::fs_error("read the directory " + directory, error.value());
  }
  return names;
}

// For who tidies: what cannot be read now, the next one will.
std::vector<std::string> readable_entries_of(const std::string& directory) {
  return entries_of(directory).value_or(std::vector<std::string>());
}

Status remove_directory(const std::string& path) {
  const UniqueFd directory(::open(path.c_str(), kStoreFlags));
  if (!directory && errno == ENOENT) return {};
  if (!directory || !empty_directory(directory.get())) return core::fs_error("remove " + path, errno);
  if (::rmdir(path.c_str()) != 0 && errno != ENOENT) return core::fs_error("remove " + path, errno);
  return {};
}

Status sync_path(const std::string& path) {
  const UniqueFd directory(::open(path.c_str(), kStoreFlags));
  if (!directory || !core::sync_directory(directory.get())) return core::fs_error("fsync " + path, errno);
  return {};
}

// Held by a supervisor while it runs. Nothing: it is held.
Result<std::optional<FileLock>> try_supervisor_lock(const std::string& machine) {
  auto lock = try_lock_file(machine + '/' + kLockFile);
  if (!lock) return std::move(lock).error();
  if (!*lock) return std::optional<FileLock>();
  return std::optional<FileLock>(*std::move(lock));
}

Status write_user_data(const std::string& path, std::string_view text) {
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0700));
  if (!file || !core::write_all(file.get(), text) || ::fsync(file.get()) != 0)
    return core::fs_error("write " + path, errno);
  return {};
}

}  // namespace

bool is_machine_id(std::string_view text) {
  return text.starts_with(kIdPrefix) && text.size() == kIdPrefix.size() + kIdDigits &&
         text.find_first_not_of(kDigits, kIdPrefix.size()) == std::string_view::npos;
}

Error no_such_machine(std::string_view id) {
  return core::fail(ErrorCode::not_found, fmt::format("there is no machine \"{}\"", core::printable_excerpt(id, 80)));
}

Instance Machine::instance() const {
  Instance instance = describe(record, status, alive);
  instance.state = state();
  return instance;
}

std::string MachineStore::path(std::string_view name) const { return fmt::format("{}/{}", directory_, name); }

std::string MachineStore::make_id(core::TimePoint now) {
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
  return fmt::format("{}{:011x}{}", kIdPrefix, since, core::random_hex(3));
}

Result<FileLock> MachineStore::begin_change(const Context& context) const {
  if (auto status = make_private_root(directory_); !status) return std::move(status).error();
  for (const char* name : {"instances", "terminated", "firewalls", "keys", "runtime", "trash"}) {
    if (auto status = make_private_directory(path(name)); !status) return std::move(status).error();
  }
  empty_trash(context);
  auto lock = lock_file(path("lock"), context);
  if (lock) tidy();
  return lock;
}

void MachineStore::tidy() const {
  // Who makes a machine holds the lock that we hold.
  for (const std::string& name : readable_entries_of(path("instances"))) {
    if (name.starts_with(kUnfinished)) static_cast<void>(remove_directory(path("instances/" + name)));
  }
  const auto now = std::chrono::system_clock::now();
  for (const std::string& name : readable_entries_of(path("terminated"))) {
    const auto record = read_terminated(std::string_view(name).substr(0, name.find('.')));
    if (record && *record && now - (*record)->destroyed > kRemembered) {
      static_cast<void>(remove_file(path("terminated/" + name)));
    }
  }
}

void MachineStore::empty_trash(const Context& context) const {
  // One at a time, or the lock of a supervisor would be made again where another one has just removed it.
  const auto turn = try_lock_file(path("trash.lock"));
  if (!turn || !*turn) return;
  for (const std::string& name : readable_entries_of(path("trash"))) {
    if (!context.check()) return;
    const std::string dying = path("trash/" + name);
    const auto lock = try_supervisor_lock(dying);
    if (!lock || *lock) static_cast<void>(remove_directory(dying));
  }
}

Status MachineStore::add(const MachineRecord& record, std::string_view user_data) const {
  const auto text = to_json(record);
  if (!text) return text.error();
  const std::string unfinished = path("instances/" + std::string(kUnfinished) + core::random_hex(8));
  const auto make = [&]() -> Status {
    if (auto made = make_private_directory(unfinished); !made) return made;
    for (const std::string_view name : kSkeleton) {
      if (auto made = make_private_directory(fmt::format("{}/{}{}", unfinished, kRootDirectory, name)); !made)
        return made;
    }
    if (!user_data.empty()) {
      if (auto written = write_user_data(unfinished + '/' + kUserDataFile, user_data); !written) return written;
    }
    if (auto written = core::replace_private_file(unfinished + '/' + kRecordFile, *text); !written) return written;
    if (std::rename(unfinished.c_str(), machine_path(record.id).c_str()) != 0) {
      return core::fs_error("rename to " + machine_path(record.id), errno);
    }
    return sync_path(path("instances"));
  };
  Status made = make();
  if (!made) static_cast<void>(remove_directory(unfinished));
  return made;
}

Status MachineStore::write(const MachineRecord& record) const {
  const auto text = to_json(record);
  if (!text) return text.error();
  return core::replace_private_file(machine_path(record.id) + '/' + kRecordFile, *text);
}

Status MachineStore::write_terminated(const MachineRecord& record) const {
  const auto text = to_json(record);
  if (!text) return text.error();
  return core::replace_private_file(path(fmt::format("terminated/{}{}", record.id, kJsonSuffix)), *text);
}

Result<std::optional<Machine>> MachineStore::read(std::string_view id) const {
  const std::string directory = machine_path(id);
  const auto text = core::read_whole_file(directory + '/' + kRecordFile, kLargestRecord);
  if (!text) return text.error();
  if (!*text) return std::optional<Machine>();
  auto record = parse_machine(**text);
  if (!record) return std::move(record).error();
  if (record->id != id) return core::fail(ErrorCode::data_loss, "the stored machine is another one: " + directory);
  Machine machine;
  machine.record = *std::move(record);
  const auto status_text = core::read_whole_file(directory + '/' + kStatusFile, kLargestRecord);
  if (!status_text) return status_text.error();
  if (*status_text) {
    auto status = parse_status(**status_text);
    if (!status) return std::move(status).error();
    machine.alive = core::is_alive(status->supervisor);
    machine.status = *std::move(status);
  }
  return std::optional<Machine>(std::move(machine));
}

Result<std::optional<MachineRecord>> MachineStore::read_terminated(std::string_view id) const {
  const auto text = core::read_whole_file(path(fmt::format("terminated/{}{}", id, kJsonSuffix)), kLargestRecord);
  if (!text) return text.error();
  if (!*text) return std::optional<MachineRecord>();
  auto record = parse_machine(**text);
  if (!record) return std::move(record).error();
  return std::optional<MachineRecord>(*std::move(record));
}

Status MachineStore::check_private() const {
  for (const std::string& place : {directory_, path("instances"), path("terminated")}) {
    if (auto status = check_private_directory(place); !status) return status;
  }
  return {};
}

Result<Machine> MachineStore::find(std::string_view id) const {
  if (!is_machine_id(id)) return no_such_machine(id);
  if (auto status = check_private(); !status) return std::move(status).error();
  auto found = read(id);
  if (!found) return std::move(found).error();
  if (*found) return **std::move(found);
  auto gone = read_terminated(id);
  if (!gone) return std::move(gone).error();
  if (!*gone) return no_such_machine(id);
  Machine machine;
  machine.record = **std::move(gone);
  machine.gone = true;
  return machine;
}

Result<std::vector<Machine>> MachineStore::all() const {
  if (auto status = check_private(); !status) return std::move(status).error();
  auto ids = entries_of(path("instances"));
  const auto gone = entries_of(path("terminated"));
  if (!ids || !gone) return ids ? gone.error() : ids.error();
  for (const std::string& name : *gone) ids->push_back(name.substr(0, name.find('.')));
  std::sort(ids->begin(), ids->end());
  ids->erase(std::unique(ids->begin(), ids->end()), ids->end());
  std::vector<Machine> machines;
  for (const std::string& id : *ids) {
    if (!is_machine_id(id)) continue;
    auto machine = find(id);
    if (!machine && machine.error().code == ErrorCode::not_found) continue;  // It went meanwhile.
    if (!machine) return std::move(machine).error();
    machines.push_back(*std::move(machine));
  }
  return machines;
}

Status MachineStore::finish_removal(const Machine& machine) const {
  const std::string& id = machine.record.id;
  const std::string directory = machine_path(id);
  auto lock = try_supervisor_lock(directory);
  if (!lock && ::access(directory.c_str(), F_OK) != 0) return {};  // Somebody else was faster.
  if (!lock) return std::move(lock).error();
  if (!*lock) return {};
  kill_leftovers(id);
  const std::string dying = path("trash/" + id);
  if (std::rename(directory.c_str(), dying.c_str()) != 0) {
    return errno == ENOENT ? Status() : Status(core::fs_error("rename to " + dying, errno));
  }
  return {};
}

}  // namespace cloudkit::inline v0::local::compute
