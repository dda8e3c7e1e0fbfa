#include "local/compute/supervision.h"

#include "core/child_process.h"
#include "core/context_wait.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/fs_error.h"
#include "core/random.h"
#include "core/send_flags.h"
#include "core/whole_file.h"
#include "core/write_all.h"
#include "crypto/digest.h"
#include "local/compute/supervisor_program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

namespace cloudkit::inline v0::local::compute {
namespace {

using core::UniqueFd;
using std::chrono::milliseconds;

constexpr milliseconds kLongestStart{10'000};
constexpr milliseconds kLongestAnswer{10'000};
// A program that was just written may be open for writing in another thread's child, which has not become another
// program yet: "Text file busy".
constexpr int kStartTries = 5;
constexpr milliseconds kStartWait{5};

// What is run with all rights of this user: so every byte counts, and nobody else may change it.
bool is_program(const std::string& path, std::string_view program) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat state{};
  if (!file || ::fstat(file.get(), &state) != 0 || !S_ISREG(state.st_mode) || state.st_uid != ::geteuid() ||
      (state.st_mode & 0777U) != 0700U || static_cast<std::size_t>(state.st_size) != program.size()) {
    return false;
  }
  std::string text(program.size(), '\0');
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t count = ::read(file.get(), text.data() + done, text.size() - done);
    if (count <= 0) return false;
    done += static_cast<std::size_t>(count);
  }
  return text == program;
}

// Where it can be run, under a name that says which it is.
Result<std::string> write_program(const MachineStore& store) {
  const std::string_view program = supervisor_program();
  static const auto* const digest = new std::string(core::hex_encode(crypto::sha256(program)).substr(0, 16));
  std::string path = store.path("runtime/supervisor-" + *digest);
  if (is_program(path, program)) return path;
  // Appears whole, by a rename, and executable.
  const std::string temporary = fmt::format("{}.{}.tmp", path, core::random_hex(8));
  UniqueFd file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0700));
  const bool written = file && core::write_all(file.get(), program) && ::fsync(file.get()) == 0;
  file.reset();
  if (!written || std::rename(temporary.c_str(), path.c_str()) != 0) {
    const int reason = errno;
    ::unlink(temporary.c_str());
    return core::fs_error("write " + path, reason);
  }
  return path;
}

Error no_answer(const char* why) {
  Error error = core::fail(ErrorCode::unavailable, std::string("the machine's supervisor does not answer: ") + why);
  error.retryable = true;
  return error;
}

// What errno says of a supervisor that closed its socket, and does nothing else any more.
bool has_ended(int error_number) noexcept {
  return error_number == ENOENT || error_number == ECONNREFUSED || error_number == EPIPE || error_number == ECONNRESET;
}

UniqueFd open_socket() {
#ifdef SOCK_CLOEXEC
  return UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
#else
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  ::fcntl(socket.get(), F_SETFD, FD_CLOEXEC);
  ::fcntl(socket.get(), F_SETFL, O_NONBLOCK);
  return socket;
#endif
}

// An empty result leaves the cause in errno. With too many waiting, that is EAGAIN, at once.
UniqueFd connect_to(const std::string& machine) {
  // A socket's path has at most 107 bytes, so it is named from a directory that is open.
  const UniqueFd directory(::open(machine.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory) return UniqueFd();
#ifdef __linux__
  const std::string path = fmt::format("/proc/self/fd/{}/{}", directory.get(), kControlSocket);
#else
  const std::string path = machine + '/' + kControlSocket;
#endif
  struct sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return UniqueFd();
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  UniqueFd socket = open_socket();
  if (!socket || ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    return socket;
  }
  const int reason = errno;
  socket.reset();
  errno = reason;
  return socket;
}

Status explain(const core::ProgramResult& result, const std::string& id) {
  switch (result.exit_code) {
    case 0: return {};
    case kExitBusy: return core::fail(ErrorCode::conflict, "the machine has a supervisor already");
    case kExitGone: return no_such_machine(id);
    default: break;
  }
  return core::fail(ErrorCode::io, fmt::format("cannot start the machine's supervisor: {}",
                                               core::printable_excerpt(result.output, 200)));
}

}  // namespace

Status start_supervisor(const MachineStore& store, const MachineRecord& record, milliseconds grace,
                        const Context& context) {
  const auto program = write_program(store);
  if (!program) return program.error();
  const std::vector<std::string> arguments = {
      *program,         "launch",       store.machine_path(record.id), record.id,
      record.spec.name, record.boot_id, std::to_string(grace.count())};
  for (int i = 1;; ++i) {
    const auto result = core::run_program(arguments, {4096, kLongestStart}, context);
    if (result) return explain(*result, record.id);
    if (result.error().code != ErrorCode::io) return result.error();
    if (i == kStartTries) {
      Error error = result.error();
      error.hint = "machines need a directory from which programs may be run: not one that is mounted noexec";
      return error;
    }
    if (auto status = context.wait_for(kStartWait); !status) return status;
  }
}

Result<UniqueFd> connect_supervisor(const std::string& machine) {
  UniqueFd socket = connect_to(machine);
  if (!socket) return no_answer(std::strerror(errno));
  return socket;
}

Result<bool> order(const std::string& machine, const Request& request, const Context& context) {
  const UniqueFd socket = connect_to(machine);
  if (!socket || ::send(socket.get(), &request, sizeof request, core::kSendFlags) != sizeof request) {
    if (has_ended(errno)) return false;
    return no_answer(std::strerror(errno));
  }
  const auto until = Context::Clock::now() + kLongestAnswer;
  while (true) {
    Reply reply;
    const ssize_t count = ::recv(socket.get(), &reply, sizeof reply, MSG_DONTWAIT);
    if (count == static_cast<ssize_t>(sizeof reply)) {
      if (reply.error == 0 || reply.error == ESTALE) return reply.error == 0;
      return core::fail(ErrorCode::conflict, fmt::format("the machine refuses: {}", std::strerror(reply.error)));
    }
    if (count >= 0 || has_ended(errno)) return false;
    if (errno != EAGAIN && errno != EINTR) return no_answer(std::strerror(errno));
    if (auto status = context.check(); !status) return std::move(status).error();
    if (Context::Clock::now() >= until) return no_answer("nothing within 10 s");
    std::vector<pollfd> polls = {{socket.get(), POLLIN, 0}};
    for (const int wake : ContextAccess::wake_descriptors(context)) polls.push_back({wake, POLLIN, 0});
    const auto wait = std::chrono::ceil<milliseconds>(context.remaining(milliseconds(100)));
    ::poll(polls.data(), static_cast<nfds_t>(polls.size()), static_cast<int>(wait.count()));
  }
}

}  // namespace cloudkit::inline v0::local::compute
