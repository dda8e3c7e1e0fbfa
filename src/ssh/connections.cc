#include "ssh/connections.h"

#include "core/child_process.h"

#include <unistd.h>

#include <chrono>
#include <utility>

namespace cloudkit::inline v0::ssh {
namespace {

constexpr std::chrono::milliseconds kGlance{10};
constexpr std::chrono::seconds kClosingTime{2};

std::string key_of(const InventoryHost& host) { return login_of(host) + ' ' + host.key; }

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

}  // namespace

Connections::Connections(ConnectionOptions options) : options_(std::move(options)), owner_(::getpid()) {}

Connections::~Connections() {
  if (!directory_ || owner_ != ::getpid()) return;
  for (const auto& [key, shared] : hosts_) order(shared.host, shared.socket, "exit");
  directory_.remove();
}

Result<Connections::Entrance> Connections::enter(const InventoryHost& host, const Context& context) {
  std::optional<std::uint64_t> failures;  // When this call came.
  while (true) {
    {
      const std::scoped_lock lock(mutex_);
      if (auto status = make_directory(); !status) return std::move(status).error();
      Shared& shared = find(host);
      if (!failures) failures = shared.failures;
      if (shared.failures != *failures) return *shared.last_failure;
      if (!shared.is_being_made) {
        shared.is_being_made = !exists(shared.socket);
        return Entrance{shared.socket, shared.is_being_made};
      }
    }
    if (auto status = context.wait_for(kGlance); !status) return std::move(status).error();
  }
}

void Connections::leave(const InventoryHost& host, const std::optional<Error>& failure) {
  const std::scoped_lock lock(mutex_);
  Shared& shared = find(host);
  shared.is_being_made = false;
  if (!failure) return;
  ++shared.failures;
  shared.last_failure = failure;
}

void Connections::give_up(const InventoryHost& host, const std::string& socket) {
  Shared old;
  {
    const std::scoped_lock lock(mutex_);
    Shared& shared = find(host);
    if (shared.socket != socket) return;  // Another call has done it.
    old = shared;
    shared.socket = new_socket();
  }
  order(old.host, old.socket, "stop");
}

OptionNames Connections::left_out() const {
  const std::scoped_lock lock(mutex_);
  return left_out_;
}

void Connections::leave_out(std::string_view option) {
  const std::scoped_lock lock(mutex_);
  left_out_.emplace(option);
}

Status Connections::make_directory() {
  if (directory_) return {};
  // Those of programs that are gone: whatever still runs over them may end.
  InventoryHost any;
  any.address = "localhost";
  auto made = SocketDirectory::make([&](const std::string& socket) { order(any, socket, "stop"); });
  if (!made) return std::move(made).error();
  directory_ = *std::move(made);
  return {};
}

std::string Connections::new_socket() { return directory_.path() + '/' + std::to_string(++sockets_); }

Connections::Shared& Connections::find(const InventoryHost& host) {
  const auto [found, is_new] = hosts_.try_emplace(key_of(host));
  if (is_new) {
    found->second.host = host;
    found->second.socket = new_socket();
  }
  return found->second;
}

void Connections::order(const InventoryHost& host, const std::string& socket, const std::string& order) const {
  if (!exists(socket)) return;
  // What takes no order ends by itself, after the idle limit.
  (void)core::run_program(order_arguments(host, options_, socket, order), {.time = kClosingTime}, {});
  ::unlink(socket.c_str());
}

}  // namespace cloudkit::inline v0::ssh
