#include "core/beneath.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/fs_error.h"
#include "core/random.h"
#include "core/source_chunks.h"
#include "core/whole_file.h"
#include "core/write_all.h"
#include "local/compute/command.h"
#include "local/compute/driver.h"
#include "local/compute/supervisor/protocol.h"
#include "local/key_path.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

// What is done on a machine that runs: commands, files, its console.
namespace cloudkit::inline v0::local::compute {
namespace {

using core::UniqueFd;

constexpr int kRootFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
// The two files of a console, a little more than full.
constexpr std::size_t kLargestConsole = std::size_t{2} << 20;
// As EC2 keeps the newest 64 KiB.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/troubleshoot-unreachable-instance.html
constexpr std::size_t kConsoleShown = std::size_t{64} << 10;

// "/etc/x" as "etc/x", below the machine's root; so is "ROOT/etc/x", as scripts there name it.
Result<std::string> path_below_root(std::string_view path, const std::string& root) {
  if (path.starts_with(root + '/')) path.remove_prefix(root.size());
  std::string below;
  for (std::string_view rest = path; !rest.empty();) {
    const std::string_view segment = core::take_segment(rest);
    if (segment.empty()) continue;
    if (segment == "." || segment == "..") {
      return core::invalid_argument(fmt::format("the path holds \"{}\"", segment), "write the whole path");
    }
    if (!below.empty()) below += '/';
    below += segment;
  }
  if (!path.starts_with('/') || path.ends_with('/') || below.empty() || path.find('\0') != std::string_view::npos) {
    return core::invalid_argument("the path is not that of a file, \"/etc/app.conf\"");
  }
  return below;
}

// Without a name until it is whole, so that nothing is left of it when this program is killed. Where the file system
// has no such files, under a name of its own at once.
class NewFile {
 public:
  explicit NewFile(int directory) : directory_(directory) {
#ifdef O_TMPFILE
    file_ = UniqueFd(::openat(directory, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600));
#endif
    if (file_) return;
    constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    file_ = UniqueFd(::openat(directory, name_.c_str(), kFlags, 0600));
    named_ = static_cast<bool>(file_);
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile() {
    if (named_) ::unlinkat(directory_, name_.c_str(), 0);
  }

  // -1 leaves the cause in errno.
  int descriptor() const { return file_.get(); }

  // In the place of whatever is there. False leaves the cause in errno.
  bool publish(const std::string& name) {
    const std::string itself = fmt::format("/proc/self/fd/{}", file_.get());
    if (!named_ && ::linkat(AT_FDCWD, itself.c_str(), directory_, name_.c_str(), AT_SYMLINK_FOLLOW) != 0) return false;
    named_ = ::renameat(directory_, name_.c_str(), directory_, name.c_str()) != 0;
    return !named_;
  }

 private:
  const int directory_;
  const std::string name_ = fmt::format("{}{}", kReservedPrefix, core::random_hex(8));
  UniqueFd file_;
  bool named_ = false;
};

Status write_contents(int file, const Source& source, int mode, const Context& context) {
  Status written = core::read_source(source, context, [&](Bytes chunk) -> Status {
    return core::write_all(file, chunk) ? Status() : Status(core::fs_error("write the file", errno));
  });
  if (!written) return written;
  if (::fchmod(file, static_cast<mode_t>(mode) & 0777U) != 0 || ::fsync(file) != 0) {
    return core::fs_error("write the file", errno);
  }
  return {};
}

}  // namespace

Result<Machine> LocalComputeDriver::find_running(std::string_view id, const Context& context) const {
  auto machine = find(id, context);
  if (!machine || machine->state() == InstanceState::running) return machine;
  Error error = core::fail(ErrorCode::conflict, fmt::format("the machine is {}", to_string(machine->state())));
  // It comes by itself.
  if (machine->state() == InstanceState::pending) error.code = ErrorCode::unavailable;
  error.retryable = machine->state() == InstanceState::pending;
  return error;
}

Result<bool> LocalComputeDriver::agent_ready(std::string_view id, const Context& context) {
  const auto machine = find(id, context);
  if (!machine) return machine.error();
  return machine->state() == InstanceState::running;
}

Result<SubmittedCommand> LocalComputeDriver::submit_command(std::string_view id, const CommandSpec& command,
                                                            const Context& context) {
  if (auto machine = find_running(id, context); !machine) return std::move(machine).error();
  auto result = run_command(store_.machine_path(id), command, options_.max_output, context);
  if (!result) return std::move(result).error();
  return SubmittedCommand{{}, *std::move(result)};
}

Status LocalComputeDriver::put_file(std::string_view id, const Source& source, const FileTarget& target,
                                    const Context& context) {
  const std::string root_path = store_.machine_path(id) + '/' + kRootDirectory;
  const auto path = path_below_root(target.path, root_path);
  if (!path) return path.error();
  if (auto machine = find_running(id, context); !machine) return machine.error();
  const UniqueFd root(::open(root_path.c_str(), kRootFlags));
  if (!root) return core::fs_error("open " + root_path, errno);
  const UniqueFd directory = core::open_beneath(root.get(), core::parent_of(*path), kRootFlags);
  if (!directory && errno == ENOENT) {
    return core::invalid_argument("the machine has no such directory", "make it by a script: mkdir -p");
  }
  if (!directory && (errno == ELOOP || errno == ENOTDIR)) {
    return core::fail(ErrorCode::conflict, "a part of the path is no directory",
                      "symbolic links below a machine's root are not followed");
  }
  if (!directory) return core::fs_error("open the directory of " + target.path, errno);

  NewFile file(directory.get());
  if (file.descriptor() < 0) return core::fs_error("make a file beside " + target.path, errno);
  if (auto written = write_contents(file.descriptor(), source, target.mode, context); !written) return written;
  if (!file.publish(std::string(core::name_of(*path)))) return core::fs_error("rename to " + target.path, errno);
  return core::sync_directory(directory.get()) ? Status()
                                               : Status(core::fs_error("fsync the directory of " + target.path, errno));
}

Result<std::string> LocalComputeDriver::console(std::string_view id, const Context& context) {
  const auto machine = find(id, context);
  if (!machine) return machine.error();
  std::string text;
  for (const char* name : {kOldConsoleFile, kConsoleFile}) {
    const auto part = core::read_whole_file(store_.machine_path(id) + '/' + name, kLargestConsole);
    if (!part) return part.error();
    if (*part) text += **part;
  }
  if (text.size() > kConsoleShown) text.erase(0, text.size() - kConsoleShown);
  return text;
}

}  // namespace cloudkit::inline v0::local::compute
