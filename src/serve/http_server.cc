#include "serve/http_server.h"

#include "core/log.h"
#include "serve/call.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <memory>
#include <optional>
#include <semaphore>
#include <system_error>
#include <utility>

namespace cloudkit::inline v0::serving {
namespace {

using http::loopback::Request;
using http::loopback::Response;
using http::loopback::Server;
using namespace std::chrono_literals;

// Cloud Run kills 10 s after SIGTERM. https://cloud.google.com/run/docs/container-contract#instance-shutdown
constexpr std::chrono::milliseconds kGrace = 8s;
// A connection holds a body before its call is let in, so there are few more than calls; but front-ends keep some that
// they do not use. Whoever comes beyond gets 503.
constexpr int kLeastConnections = 16;
constexpr int kMostConnections = 256;
// https://cloud.google.com/run/quotas#request_limits: 32 MiB for HTTP/1.
constexpr std::size_t kMostHttpBody = std::size_t{32} << 20;
// https://learn.microsoft.com/azure/azure-functions/functions-bindings-http-webhook-trigger#limits
constexpr std::size_t kMostAzureBody = 100'000'000;

// Waits for SIGTERM or SIGINT, which end the program otherwise. There is one at a time. What the handler writes to is
// never closed: any thread may still be in it when this is gone.
class StopSignals {
 public:
  StopSignals() {
    if (pipe_[1] < 0 && ::pipe2(pipe_.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
      throw std::system_error(errno, std::system_category(), "pipe");
    }
    while (take_byte()) {
    }
    struct sigaction action = {};
    action.sa_handler = [](int) {
      const int before = errno;
      [[maybe_unused]] const ssize_t written = ::write(pipe_[1], "", 1);
      errno = before;
    };
    ::sigemptyset(&action.sa_mask);
    for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &action, &before_[i]);
  }
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &before_[i], nullptr);
  }

  void wait() const {
    while (!take_byte()) {
      pollfd readable{pipe_[0], POLLIN, 0};
      ::poll(&readable, 1, -1);
    }
  }

 private:
  static constexpr std::array<int, 2> kSignals{SIGTERM, SIGINT};
  static std::array<int, 2> pipe_;

  static bool take_byte() {
    char byte = 0;
    return ::read(pipe_[0], &byte, 1) == 1;
  }

  std::array<struct sigaction, kSignals.size()> before_ = {};
};

std::array<int, 2> StopSignals::pipe_{-1, -1};

// Lets so many calls in at once; the others wait for as long as their clients do.
http::loopback::Handler limited(http::loopback::Handler answer, int most) {
  auto slots = std::make_shared<std::counting_semaphore<>>(most);
  return [slots, answer = std::move(answer)](const Request& request, const Context& context) {
    while (!slots->try_acquire_for(100ms)) {
      if (context.cancelled()) return Response{.status = 503};
    }
    struct Release {
      std::counting_semaphore<>& slots;
      ~Release() { slots.release(); }
    } const release{*slots};
    return answer(request, context);
  };
}

}  // namespace

int run_http_server(const Host& host, http::loopback::Handler answer, const ServeOptions& options) {
  if (start(options)) return 1;
  http::loopback::ServerOptions server_options;
  server_options.address = host.address;
  const int concurrency = concurrency_of(host, options.max_concurrency);
  server_options.max_connections =
      static_cast<std::size_t>(std::clamp(4 * concurrency, kLeastConnections, kMostConnections));
  server_options.limits.body_bytes = host.kind == Host::Kind::custom_handler ? kMostAzureBody : kMostHttpBody;
  std::optional<StopSignals> signals(std::in_place);
  const auto server = Server::start(std::move(server_options), limited(std::move(answer), concurrency));
  if (!server) {
    core::log(LogLevel::error, "cannot listen", {{"address", host.address}, {"why", server.error().message}});
    return exit_code(server.error());
  }
  core::log(LogLevel::info, "listening", {{"address", (*server)->authority()}});
  signals->wait();
  signals.reset();  // A handler may take for ever: the second one means what it meant before.
  (*server)->stop(kGrace);
  return 0;
}

}  // namespace cloudkit::inline v0::serving
