#include "local/compute/command.h"

#include "core/context_wait.h"
#include "core/fail.h"
#include "core/fs_error.h"
#include "core/pipe.h"
#include "core/random.h"
#include "core/send_flags.h"
#include "core/write_all.h"
#include "local/compute/supervision.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

namespace cloudkit::inline v0::local::compute {
namespace {

using core::UniqueFd;
using std::chrono::milliseconds;
using Clock = Context::Clock;

// SIGKILL works at once, but for a process that waits for a dead disk.
constexpr milliseconds kLongestKill{1000};
constexpr milliseconds kLook{100};
// As much of one output as is read before the other has its turn.
constexpr int kReads = 16;

#ifdef MFD_ALLOW_SEALING
// In memory: a full disk keeps nobody from running what makes room. Sealed, and so what is run is what was written.
UniqueFd open_script_in_memory(std::string_view text) {
  const UniqueFd memory(::memfd_create("cloudkit-script", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  constexpr int kSeals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
  if (!memory || !core::write_all(memory.get(), text) || ::fcntl(memory.get(), F_ADD_SEALS, kSeals) != 0) {
    return UniqueFd();
  }
  return UniqueFd(::open(fmt::format("/proc/self/fd/{}", memory.get()).c_str(), O_RDONLY | O_CLOEXEC));
}
#else
UniqueFd open_script_in_memory(std::string_view) { return UniqueFd(); }
#endif

// Without a name, so that nothing is left of it whatever happens.
Result<UniqueFd> open_script(const std::string& machine, std::string_view text) {
  if (UniqueFd memory = open_script_in_memory(text)) return memory;
  const std::string path = fmt::format("{}/.script-{}", machine, core::random_hex(8));
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return core::fs_error("create " + path, errno);
  UniqueFd readable(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  const int reason = errno;
  ::unlink(path.c_str());
  if (!readable) return core::fs_error("open " + path, reason);
  if (!core::write_all(file.get(), text)) return core::fs_error("write " + path, errno);
  return readable;
}

// One of the outputs of a command.
class Capture {
 public:
  Capture(std::string& text, std::uint64_t limit) : text_(text), limit_(limit) {}

  Result<UniqueFd> open() {
    auto pipe = core::open_pipe();
    if (!pipe) return core::fail(ErrorCode::unavailable, fmt::format("open a pipe: {}", std::strerror(errno)));
    ::fcntl(pipe->read_end.get(), F_SETFL, O_NONBLOCK);
    input_ = std::move(pipe->read_end);
    return std::move(pipe->write_end);
  }

  int descriptor() const { return input_.get(); }
  bool truncated() const { return truncated_; }

  // What is there now; false when there may be more.
  bool read(int reads) {
    std::array<char, 65536> buffer;
    for (int i = 0; input_ && i < reads; ++i) {
      const ssize_t count = ::read(input_.get(), buffer.data(), buffer.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno == EAGAIN) return true;
      if (count <= 0) {
        input_.reset();
        return true;
      }
      const auto taken = std::min<std::uint64_t>(limit_ - text_.size(), static_cast<std::uint64_t>(count));
      text_.append(buffer.data(), static_cast<std::size_t>(taken));
      truncated_ = truncated_ || taken < static_cast<std::uint64_t>(count);
    }
    return !input_;
  }

 private:
  std::string& text_;
  const std::uint64_t limit_;
  UniqueFd input_;
  bool truncated_ = false;
};

Status send_run(int socket, const std::array<int, kDescriptorsOfRun>& descriptors) {
  Request request;
  alignas(struct cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kDescriptorsOfRun)> control{};
  struct iovec part{&request, sizeof request};
  struct msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  struct cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int) * kDescriptorsOfRun);
  std::memcpy(CMSG_DATA(header), descriptors.data(), sizeof(int) * kDescriptorsOfRun);
  if (::sendmsg(socket, &message, core::kSendFlags) == sizeof request) return {};
  return core::fail(ErrorCode::unavailable, fmt::format("the machine takes no command: {}", std::strerror(errno)));
}

Error may_have_run(Error error) {
  error.may_have_happened = true;
  return error;
}

class Run {
 public:
  // Also where another program that is just being started has a copy of the socket.
  ~Run() { ::shutdown(socket_.get(), SHUT_RDWR); }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  Run(UniqueFd socket, const CommandSpec& command, std::uint64_t max_output)
      : socket_(std::move(socket)),
        out_(result_.out, max_output),
        err_(result_.err, max_output),
        until_(begun_ + command.timeout) {}

  Status start(const std::string& machine, const CommandSpec& command) {
    const auto script = open_script(machine, command.script);
    if (!script) return script.error();
    const auto out = out_.open();
    const auto err = err_.open();
    if (!out || !err) return out ? err.error() : out.error();
    return send_run(socket_.get(), {script->get(), out->get(), err->get()});
  }

  Result<CommandResult> finish(const Context& context) {
    while (!reply_) {
      // Leaving ends the connection, and so the command.
      if (auto status = context.check(); !status) return may_have_run(status.error());
      const auto now = Clock::now();
      if (!result_.timed_out && now >= until_) {
        result_.timed_out = true;
        ::shutdown(socket_.get(), SHUT_WR);
        until_ = now + kLongestKill;
      }
      if (result_.timed_out && now >= until_) break;
      out_.read(kReads);
      err_.read(kReads);
      if (auto status = read_reply(); !status) return may_have_run(status.error());
      if (!reply_) wait(context);
    }
    return take_result(context);
  }

 private:
  Status read_reply() {
    Reply reply;
    const ssize_t count = ::recv(socket_.get(), &reply, sizeof reply, MSG_DONTWAIT);
    if (count == static_cast<ssize_t>(sizeof reply)) {
      reply_ = reply;
    } else if (count >= 0 || (errno != EAGAIN && errno != EINTR)) {
      return core::fail(ErrorCode::unavailable, "the machine ended while the command ran");
    }
    return {};
  }

  void wait(const Context& context) const {
    std::vector<pollfd> polls = {
        {socket_.get(), POLLIN, 0}, {out_.descriptor(), POLLIN, 0}, {err_.descriptor(), POLLIN, 0}};
    for (const int wake : ContextAccess::wake_descriptors(context)) polls.push_back({wake, POLLIN, 0});
    const auto left = std::clamp<Clock::duration>(until_ - Clock::now(), milliseconds(0), kLook);
    const auto time = std::chrono::ceil<milliseconds>(context.remaining(left));
    ::poll(polls.data(), static_cast<nfds_t>(polls.size()), static_cast<int>(time.count()));
  }

  Result<CommandResult> take_result(const Context& context) {
    if (reply_ && reply_->error != 0) {
      Error error = core::fail(ErrorCode::unavailable,
                               fmt::format("the machine takes no command: {}", std::strerror(reply_->error)));
      // It runs as many as it can; or it is going down, perhaps to boot again: its state says whether.
      error.retryable = reply_->error == EAGAIN || reply_->error == ESHUTDOWN;
      return error;
    }
    // What it wrote before it ended. What it left running may write on, so there is an end to that.
    for (Capture* capture : {&out_, &err_}) {
      const auto enough = Clock::now() + kLook;
      while (!capture->read(kReads) && Clock::now() < enough && context.check()) {
      }
      result_.truncated = result_.truncated || capture->truncated();
    }
    if (reply_) result_.exit_code = reply_->signal != 0 ? 128 + reply_->signal : reply_->exit_code;
    result_.elapsed = std::chrono::duration_cast<milliseconds>(Clock::now() - begun_);
    return std::move(result_);
  }

  const Clock::time_point begun_ = Clock::now();
  const UniqueFd socket_;
  CommandResult result_;
  Capture out_;
  Capture err_;
  Clock::time_point until_;
  std::optional<Reply> reply_;
};

}  // namespace

Result<CommandResult> run_command(const std::string& machine, const CommandSpec& command, std::uint64_t max_output,
                                  const Context& context) {
  if (auto status = context.check(); !status) return std::move(status).error();
  auto socket = connect_supervisor(machine);
  if (!socket) return std::move(socket).error();
  Run run(*std::move(socket), command, max_output);
  if (auto status = run.start(machine, command); !status) return std::move(status).error();
  return run.finish(context);
}

}  // namespace cloudkit::inline v0::local::compute
