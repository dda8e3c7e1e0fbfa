#include "local/compute/supervisor/wake.h"

#include "core/pipe.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

namespace cloudkit::inline v0::local::compute {
namespace {

// Signal handlers know of globals only.
int wake_in = -1;
int wake_out = -1;
volatile std::sig_atomic_t asked_to_end = 0;

void on_signal(int signal) {
  const int before = errno;
  if (signal != SIGCHLD) asked_to_end = 1;
  [[maybe_unused]] const auto written = ::write(wake_out, "", 1);  // A full pipe wakes as well.
  errno = before;
}

}  // namespace

bool install_wake() {
  static auto pipe = core::open_pipe();
  if (!pipe) return false;
  wake_in = pipe->read_end.get();
  wake_out = pipe->write_end.get();
  for (const int fd : {wake_in, wake_out}) ::fcntl(fd, F_SETFL, O_NONBLOCK);
  struct sigaction action{};
  action.sa_handler = on_signal;  // NOLINT: a macro of the C library
  for (const int signal : {SIGCHLD, SIGTERM, SIGINT, SIGQUIT}) ::sigaction(signal, &action, nullptr);
  action.sa_handler = SIG_IGN;  // NOLINT: a macro of the C library
  for (const int signal : {SIGHUP, SIGPIPE}) ::sigaction(signal, &action, nullptr);
  return true;
}

int wake_descriptor() noexcept { return wake_in; }

void drain_wake() noexcept {
  std::array<char, 64> buffer;
  while (::read(wake_in, buffer.data(), buffer.size()) > 0) {
  }
}

bool take_terminate() noexcept {
  const bool asked = asked_to_end != 0;
  asked_to_end = 0;
  return asked;
}

}  // namespace cloudkit::inline v0::local::compute
