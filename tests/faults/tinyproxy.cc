#include "faults/tinyproxy.h"

#include "faults/sockets.h"
#include "support/read_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace faults {
namespace {

constexpr int kTries = 3;  // Another process may take a free port first.
constexpr std::chrono::seconds kLongestStart{10};

// In the child, where nothing that may take a lock is allowed.
[[noreturn]] void become(const char* const arguments[], const char* const environment[]) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // It does not outlive the test, however that ends.
  const int null = ::open("/dev/null", O_RDWR);
  for (int fd = 0; fd < 3; ++fd) ::dup2(null, fd);
  ::execvpe(arguments[0], const_cast<char* const*>(arguments), const_cast<char* const*>(environment));
  ::_exit(127);
}

}  // namespace

Tinyproxy::Tinyproxy(const TinyproxyOptions& options) {
  for (int i = 0; i < kTries; ++i) {
    if (start(options)) return;
    stop();
  }
  throw std::runtime_error("tinyproxy does not start (Debian: tinyproxy-bin): " + log());
}

Tinyproxy::~Tinyproxy() { stop(); }

bool Tinyproxy::start(const TinyproxyOptions& options) {
  port_ = port_of(listen_on_loopback());
  const std::string config = directory_.file("config");
  std::ofstream(config) << fmt::format(
      "Port {}\nListen 127.0.0.1\nTimeout 60\nMaxClients 20\nLogLevel Info\nLogFile \"{}\"\n{}{}\n", port_,
      directory_.file("log"), options.more,
      options.user.empty() ? "" : fmt::format("BasicAuth {} {}\n", options.user, options.password));
  const std::string hosts = "CLOUDKIT_TEST_HOSTS=" + options.hosts;
  const char* const environment[] = {"LD_PRELOAD=" CLOUDKIT_TEST_HOSTS_PRELOAD, hosts.c_str(), nullptr};
  const char* const arguments[] = {"tinyproxy", "-d", "-c", config.c_str(), nullptr};
  process_ = ::fork();
  if (process_ == 0) become(arguments, environment);
  const auto deadline = std::chrono::steady_clock::now() + kLongestStart;
  while (process_ > 0 && std::chrono::steady_clock::now() < deadline) {
    if (::waitpid(process_, nullptr, WNOHANG) != 0) {
      process_ = -1;
    } else if (answers()) {
      return true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

bool Tinyproxy::answers() const {
  try {
    return connect_to_loopback(port_).is_open();
  } catch (const std::system_error&) {
    return false;
  }
}

void Tinyproxy::stop() {
  if (process_ < 0) return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  process_ = -1;
}

std::string Tinyproxy::log() const { return ::test::read_file(directory_.file("log")); }

}  // namespace faults
