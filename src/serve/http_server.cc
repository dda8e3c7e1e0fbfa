#include "serve/http_server.h"

#include "core/log.h"
#include "serve/call.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <semaphore>
#include <utility>

namespace cloudkit::inline v0::serving {
namespace {

using http::loopback::Request;
using http::loopback::Response;
using http::loopback::Server;
using namespace std::chrono_literals;

// Cloud Run kills 10 s after SIGTERM. https://cloud.google.com/run/docs/container-contract#instance-shutdown
constexpr std::chrono::milliseconds kGrace = 8s;
// Front-ends keep connections that they do not use.
constexpr std::size_t kMostConnections = 256;
// https://cloud.google.com/run/quotas#request_limits: 32 MiB for HTTP/1.
constexpr std::size_t kMostHttpBody = std::size_t{32} << 20;
// https://learn.microsoft.com/azure/azure-functions/functions-bindings-http-webhook-trigger#limits
constexpr std::size_t kMostAzureBody = 100'000'000;

// Cancels a context at SIGTERM and SIGINT while it lives; there is one at a time.
class StopSignals {
 public:
  StopSignals() {
    target_ = &stop_;
    struct sigaction action = {};
    action.sa_handler = [](int) {
      if (const Context* const target = target_.load()) target->cancel();
    };
    ::sigemptyset(&action.sa_mask);
    for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &action, &before_[i]);
  }
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &before_[i], nullptr);
    target_ = nullptr;
  }

  void wait() const {
    while (stop_.wait_for(1h)) {
    }
  }

 private:
  static constexpr std::array<int, 2> kSignals{SIGTERM, SIGINT};
  static std::atomic<const Context*> target_;

  const Context stop_ = Context::cancellable();
  std::array<struct sigaction, kSignals.size()> before_ = {};
};

std::atomic<const Context*> StopSignals::target_{nullptr};

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
  server_options.max_connections = kMostConnections;
  server_options.limits.body_bytes = host.kind == Host::Kind::custom_handler ? kMostAzureBody : kMostHttpBody;
  const StopSignals signals;
  const auto server = Server::start(std::move(server_options),
                                    limited(std::move(answer), concurrency_of(host, options.max_concurrency)));
  if (!server) {
    core::log(LogLevel::error, "cannot listen", {{"address", host.address}, {"why", server.error().message}});
    return exit_code(server.error().code);
  }
  core::log(LogLevel::info, "listening", {{"address", (*server)->authority()}});
  signals.wait();
  (*server)->stop(kGrace);
  return 0;
}

}  // namespace cloudkit::inline v0::serving
