#include <cloudkit/driver/http.h>

#include "core/fail.h"
#include "http/curl_global.h"
#include "http/curl_pool.h"
#include "http/curl_transfer.h"
#include "http/proxy.h"
#include "http/request_check.h"
#include "http/tls_files.h"

namespace cloudkit::inline v0::http {
namespace {

class CurlTransport final : public Transport {
 public:
  explicit CurlTransport(TransportOptions options) : options_(std::move(options)), pool_(options_.max_idle) {
    end_after_globals();
  }

  Exchange send(const Request& request, BodyReceiver* receiver, const Context& context) override;

 private:
  Result<std::unique_ptr<CurlHandle>> make_handle(const Request& request, HostKind host) const;

  const TransportOptions options_;
  CurlPool pool_;
};

Exchange failed(Error error) {
  Exchange exchange;
  exchange.status = std::move(error);
  return exchange;
}

Result<std::unique_ptr<CurlHandle>> CurlTransport::make_handle(const Request& request, HostKind host) const {
  const CurlRuntime& runtime = curl_runtime();
  if (!runtime.status) return runtime.status.error();
  Proxy proxy;
  // A proxy's idea of "localhost" and of the machine's metadata service is its own.
  if (host == HostKind::other) {
    auto found = find_proxy(options_, request.scheme, request.host);
    if (!found) return std::move(found).error();
    proxy = *std::move(found);
  }
  TlsFiles tls;
  if (request.scheme == "https" || proxy.scheme == "https") {
    if (!runtime.has_tls) return core::unsupported("this libcurl was built without TLS");
    auto found = find_tls_files(options_, runtime.ca_bundle);
    if (!found) return std::move(found).error();
    tls = *std::move(found);
  }
  return CurlHandle::create(options_, tls, std::move(proxy));
}

Exchange CurlTransport::send(const Request& request, BodyReceiver* receiver, const Context& context) {
  const auto host = check_request(request, options_.allow_http);
  if (!host) return failed(host.error());
  if (auto status = context.check(); !status) return failed(std::move(status).error());
  if (has_ended()) {
    return failed(core::unsupported("the program is ending, and OpenSSL has ended",
                                    "open the handle before what uses it in its destructor is constructed"));
  }

  const std::string key = request.scheme + "://" + request.host;
  auto handle = pool_.take(key);
  if (handle == nullptr) {
    auto made = make_handle(request, *host);
    if (!made) return failed(std::move(made).error());
    handle = *std::move(made);
  }
  Exchange exchange = CurlTransfer(*handle, request, receiver, context, options_).run();
  // After a failure nothing of the handle is trusted any more, nor its like.
  if (exchange.status) {
    pool_.put_back(key, std::move(handle));
  } else if (exchange.connection_reused && !exchange.reply_started) {
    pool_.forget(key);
  }
  return exchange;
}

}  // namespace

std::shared_ptr<Transport> make_curl_transport(TransportOptions options) {
  return std::make_shared<CurlTransport>(std::move(options));
}

}  // namespace cloudkit::inline v0::http
