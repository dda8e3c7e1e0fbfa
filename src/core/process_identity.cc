#include "core/process_identity.h"

#include "core/unique_fd.h"

#include <fcntl.h>
#include <unistd.h>
#ifdef __APPLE__
#include <sys/sysctl.h>
#endif

#include <array>
#include <charconv>
#include <cstddef>
#include <string_view>

namespace cloudkit::inline v0::core {
namespace {

template <class Number>
bool parse(std::string_view text, Number& out) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), out);
  return result.ec == std::errc() && result.ptr == text.data() + text.size();
}

// A file of /proc, which is made as it is read: at once, or not whole.
std::string read_proc(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 4096> buffer;
  const ssize_t count = file ? ::read(file.get(), buffer.data(), buffer.size()) : -1;
  return count > 0 ? std::string(buffer.data(), static_cast<std::size_t>(count)) : std::string();
}

}  // namespace

std::optional<ProcessState> parse_process_state(const std::string& text) {
  // "PID (NAME) STATE PARENT GROUP SESSION … START_TIME …": the name may hold spaces and parentheses, nothing after it.
  const std::size_t name = text.find(" (");
  const std::size_t name_end = text.rfind(") ");
  if (name == std::string::npos || name_end == std::string::npos) return std::nullopt;
  constexpr std::size_t kStartTime = 19;
  std::array<std::string_view, kStartTime + 1> fields;
  std::string_view rest = std::string_view(text).substr(name_end + 2);
  for (std::string_view& field : fields) {
    field = rest.substr(0, rest.find_first_of(" \n"));
    rest.remove_prefix(field.size() < rest.size() ? field.size() + 1 : field.size());
  }
  ProcessState state;
  if (!parse(std::string_view(text).substr(0, name), state.pid) || !parse(fields[1], state.parent) ||
      !parse(fields[3], state.session) || !parse(fields[kStartTime], state.start_time)) {
    return std::nullopt;
  }
  state.ended = fields[0] == "Z" || fields[0] == "X";
  return state;
}

std::optional<ProcessState> process_state(pid_t pid) {
  return parse_process_state(read_proc("/proc/" + std::to_string(pid) + "/stat"));
}

#ifdef __APPLE__
std::optional<ProcessIdentity> identify_process(pid_t pid) {
  std::array<int, 4> name = {CTL_KERN, KERN_PROC, KERN_PROC_PID, pid};
  struct kinfo_proc found{};
  std::size_t size = sizeof found;
  if (::sysctl(name.data(), name.size(), &found, &size, nullptr, 0) != 0 || size == 0) return std::nullopt;
  if (found.kp_proc.p_stat == SZOMB) return std::nullopt;
  const auto& start = found.kp_proc.p_starttime;  // A time of day, so it needs no boot.
  return ProcessIdentity{
      pid, static_cast<std::uint64_t>(start.tv_sec) * 1'000'000U + static_cast<std::uint64_t>(start.tv_usec), ""};
}
#else
std::optional<ProcessIdentity> identify_process(pid_t pid) {
  const auto state = process_state(pid);
  if (!state || state->ended || state->pid != pid) return std::nullopt;
  std::string boot = read_proc("/proc/sys/kernel/random/boot_id");
  while (!boot.empty() && boot.back() == '\n') boot.pop_back();
  return ProcessIdentity{pid, state->start_time, std::move(boot)};
}
#endif

bool is_alive(const ProcessIdentity& process) {
  return process.pid > 0 && identify_process(static_cast<pid_t>(process.pid)) == process;
}

}  // namespace cloudkit::inline v0::core
