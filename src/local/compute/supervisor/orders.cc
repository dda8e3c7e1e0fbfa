#include "core/send_flags.h"
#include "local/compute/supervisor/job.h"
#include "local/compute/supervisor/process_tree.h"
#include "local/compute/supervisor/supervisor.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

// The socket of a machine, and what is asked of it there.
namespace cloudkit::inline v0::local::compute {
namespace {

using core::UniqueFd;

constexpr int kBacklog = 64;
// Commands at once. There are always places for who wants something else, such as to stop the machine.
constexpr std::ptrdiff_t kMaxCommands = 256;
constexpr std::size_t kMaxConnections = 288;

// One thread, so nothing is forked between the two.
void make_private(int fd) { ::fcntl(fd, F_SETFD, FD_CLOEXEC); }

// Of one message: its bytes, and the descriptors that came with it.
ssize_t receive(int socket, Request& request, std::vector<UniqueFd>& descriptors) {
  alignas(struct cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kDescriptorsOfRun)> control{};
  struct iovec part{&request, sizeof request};
  struct msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t count = ::recvmsg(socket, &message, MSG_DONTWAIT);
  if (count < 0) return count;
  for (struct cmsghdr* item = CMSG_FIRSTHDR(&message); item != nullptr; item = CMSG_NXTHDR(&message, item)) {
    if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t number = (item->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < number; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(item) + i * sizeof fd, sizeof fd);
      make_private(fd);
      descriptors.emplace_back(fd);
    }
  }
  return count;
}

void answer(int socket, const Reply& reply) { ::send(socket, &reply, sizeof reply, core::kSendFlags); }

}  // namespace

std::string Supervisor::listen() {
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  struct sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, kControlSocket, sizeof address.sun_path - 1);
  ::unlink(kControlSocket);  // That of a supervisor that was killed.
  if (!socket || ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(socket.get(), kBacklog) != 0) {
    return std::string("listen at ") + kControlSocket + ": " + std::strerror(errno);
  }
  make_private(socket.get());
  ::fcntl(socket.get(), F_SETFL, O_NONBLOCK);
  listener_ = std::move(socket);
  return {};
}

void Supervisor::accept_connections() {
  may_accept_ = true;
  while (connections_.size() < kMaxConnections || drop_silent_connection()) {
    UniqueFd socket(::accept(listener_.get(), nullptr, nullptr));
    if (!socket) {
      may_accept_ = errno != EMFILE && errno != ENFILE && errno != ENOMEM && errno != ENOBUFS;
      return;
    }
    make_private(socket.get());
    connections_.push_back({std::move(socket), 0});
  }
}

// The oldest one that has had its turn and said nothing: callers say what they want at once.
bool Supervisor::drop_silent_connection() {
  const auto silent = std::find_if(connections_.begin(), connections_.end(),
                                   [](const Connection& connection) { return connection.command == 0; });
  if (silent == connections_.end()) return false;
  connections_.erase(silent);
  return true;
}

// It is not reaped yet, so that its number is still its own.
void Supervisor::kill_command(Connection& connection) {
  // What has left its group, too, as long as its parents lead to it.
  for (const pid_t pid : descendants_of(connection.command, all_processes())) ::kill(pid, SIGKILL);
  ::kill(-connection.command, SIGKILL);
  connection.given_up = true;
}

bool Supervisor::serve(Connection& connection) {
  if (connection.given_up) return true;
  Request request;
  std::vector<UniqueFd> descriptors;
  const ssize_t count = receive(connection.socket.get(), request, descriptors);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return true;
  if (connection.command > 0) {
    kill_command(connection);  // Nobody waits for it any more.
    return true;
  }
  if (count != static_cast<ssize_t>(sizeof request)) return false;
  const Reply reply = obey(connection, request, descriptors);
  if (connection.command > 0) return true;
  answer(connection.socket.get(), reply);
  return false;
}

// As the status file says it, which a full disk may have kept from saying the newest.
bool Supervisor::means_this_boot(const Request& request) const {
  const std::string_view meant(request.boot_id.data(), request.boot_id.size());
  return meant == settings_.boot_id || meant == noted_boot_id_;
}

Reply Supervisor::obey(Connection& connection, const Request& request, const std::vector<UniqueFd>& descriptors) {
  switch (request.order) {
    case Order::run: return {run_script(connection, descriptors)};
    case Order::power_off:
      if (!means_this_boot(request)) return {ESTALE};
      begin_ending(Ending::power_off);
      return {};
    case Order::reboot:
      if (!means_this_boot(request)) return {ESTALE};
      if (ending_ != Ending::none) return {EBUSY};
      next_boot_id_.assign(request.next_boot_id.begin(), request.next_boot_id.end());
      begin_ending(Ending::reboot);
      return {};
    case Order::destroy: begin_ending(Ending::destroy); return {};
  }
  return {EINVAL};
}

int Supervisor::run_script(Connection& connection, const std::vector<UniqueFd>& descriptors) {
  if (ending_ != Ending::none) return ESHUTDOWN;
  if (descriptors.size() != kDescriptorsOfRun) return EINVAL;
  const auto running = std::count_if(connections_.begin(), connections_.end(),
                                     [](const Connection& other) { return other.command > 0; });
  if (running >= kMaxCommands) return EAGAIN;
  JobSpec spec;
  spec.arguments = {"/bin/sh", "/dev/fd/3"};
  spec.extra = descriptors[0].get();
  spec.output = descriptors[1].get();
  spec.errors = descriptors[2].get();
  const pid_t pid = start_job(spec);
  if (pid < 0) return errno;
  connection.command = pid;
  return 0;
}

void Supervisor::report_command(pid_t pid, int status) {
  const auto found = std::find_if(connections_.begin(), connections_.end(),
                                  [pid](const Connection& connection) { return connection.command == pid; });
  if (found == connections_.end()) return;  // An orphan that became ours.
  const bool signalled = WIFSIGNALED(status);
  answer(found->socket.get(), {0, signalled ? 0 : WEXITSTATUS(status), signalled ? WTERMSIG(status) : 0});
  connections_.erase(found);
}

}  // namespace cloudkit::inline v0::local::compute
