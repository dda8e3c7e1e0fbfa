#include "http/observed_send.h"

#include "core/observer.h"

#include <chrono>
#include <optional>
#include <string>

namespace cloudkit::inline v0::http {
namespace {

class CountingReceiver final : public BodyReceiver {
 public:
  explicit CountingReceiver(BodyReceiver& receiver) : receiver_(receiver) {}

  Status begin(const Response& head) override { return receiver_.begin(head); }
  Status write(Bytes chunk) override {
    bytes_ += chunk.size();
    return receiver_.write(chunk);
  }
  std::size_t most_at_once() const noexcept override { return receiver_.most_at_once(); }
  std::uint64_t bytes() const noexcept { return bytes_; }

 private:
  BodyReceiver& receiver_;
  std::uint64_t bytes_ = 0;
};

}  // namespace

Exchange observed_send(Transport& transport, const Request& request, BodyReceiver* receiver, const Context& context,
                       int number) {
  const auto observer = core::current_observer();
  if (!observer) return transport.send(request, receiver, context);

  std::optional<CountingReceiver> counting;
  if (receiver != nullptr) counting.emplace(*receiver);
  AttemptEvent event;
  event.begun = std::chrono::steady_clock::now();
  Exchange exchange = transport.send(request, counting ? &*counting : nullptr, context);
  event.duration = std::chrono::steady_clock::now() - event.begun;
  const std::string url = redacted_url(request);
  event.method = to_string(request.method);
  event.url = url;
  event.host = request.host;
  event.number = number;
  event.status = exchange.status ? exchange.response.status : 0;
  event.error = exchange.status ? nullptr : &exchange.status.error();
  event.bytes_sent = exchange.request_sent ? request.body_size() : 0;
  event.bytes_received = exchange.response.body.size() + (counting ? counting->bytes() : 0);
  event.connection_reused = exchange.connection_reused;
  observer->on_attempt(event);
  return exchange;
}

}  // namespace cloudkit::inline v0::http
