#include "http/object/findings.h"

#include "core/finding.h"
#include "core/time.h"
#include "http/curl_global.h"
#include "http/proxy.h"
#include "http/tls_files.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::http {
namespace {

using std::chrono::duration_cast;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr minutes kExpiresSoon{5};    // Services refuse some minutes before.
constexpr seconds kInStep{60};        // Replies tell whole seconds, and take their time.
constexpr minutes kCorrectedSkew{4};  // From here on the client corrects it: src/http/client.cc.
constexpr seconds kSlowAnswer{1};

std::string long_time(seconds time) {
  const auto total = std::chrono::abs(time).count();
  if (total < 120) return fmt::format("{} s", total);
  if (total < 7200) return fmt::format("{} min {} s", total / 60, total % 60);
  return fmt::format("{} h {} min", total / 3600, total / 60 % 60);
}

Finding clock_finding(const Response& reply, WallTime now, std::string_view skewed) {
  const auto date = core::parse_http_date(reply.headers.get("date"));
  if (!date) return {"clock", Verdict::unknown, "the service's replies have no date", {}};
  const auto skew = duration_cast<seconds>(now - *date);
  if (std::chrono::abs(skew) <= kInStep) return {"clock", Verdict::ok, "in step with the service's", {}};
  Finding finding{"clock",
                  Verdict::ok,
                  fmt::format("{} {} the service's", long_time(skew), skew < seconds(0) ? "behind" : "ahead of"),
                  {}};
  if (std::chrono::abs(skew) < kCorrectedSkew) return finding;
  finding.verdict = Verdict::warn;
  finding.text += skewed;
  finding.hint = "set this machine's clock, other programs are refused: timedatectl set-ntp true";
  return finding;
}

}  // namespace

void tell_expiry(Finding& credentials, const std::optional<WallTime>& expires, WallTime now) {
  if (!expires) return;
  credentials.text += fmt::format(", valid until {}", core::format_rfc3339(*expires));
  if (*expires > now + kExpiresSoon) return;
  credentials.verdict = Verdict::warn;
  credentials.hint = "they have expired or soon will: log in again, or fetch new ones";
}

Finding endpoint_finding(std::string url, std::string_view origin, bool is_private) {
  Finding finding{"endpoint", Verdict::ok, fmt::format("{}, {}", url, origin), {}};
  if (is_private) return finding;
  finding.verdict = Verdict::warn;
  finding.text += "; plain http, which others can read and change";
  finding.hint = "use https, unless the network is all yours";
  return finding;
}

Finding certificates_finding(const TransportOptions& options, std::string_view scheme) {
  if (scheme != "https") return {"certificates", Verdict::ok, "not needed for plain http", {}};
  const auto files = find_tls_files(options, curl_runtime().ca_bundle);
  if (!files) return core::finding_of("certificates", files.error());
  if (!files->ca_file.empty()) return {"certificates", Verdict::ok, fmt::format("trusts {}", files->ca_file), {}};
  return {"certificates", Verdict::warn, "no file of trusted certificates was found; libcurl's own default is used",
          "install ca-certificates, or name the file in AWS_CA_BUNDLE"};
}

std::optional<Finding> proxy_finding(const TransportOptions& options, std::string_view scheme, std::string_view host) {
  const auto proxy = find_proxy(options, scheme, host);
  if (!proxy) return core::finding_of("proxy", proxy.error());
  if (!proxy->used()) return std::nullopt;
  return Finding{
      "proxy", Verdict::ok, fmt::format("{}://{}, named by {}", proxy->scheme, proxy->host, proxy->named_by), {}};
}

std::vector<Finding> way_findings(Transport& transport, const Request& request, WallTime now, std::string_view skewed,
                                  const Context& context) {
  const auto begun = steady_clock::now();
  Exchange exchange = transport.send(request, nullptr, context);
  if (!exchange.status) return {core::finding_of("connection", exchange.status.error())};
  const auto connected = steady_clock::now();
  exchange = transport.send(request, nullptr, context);
  const auto answered = steady_clock::now();
  if (!exchange.status) return {core::finding_of("connection", exchange.status.error(), Verdict::warn)};

  const auto in_ms = [](steady_clock::duration time) {
    return static_cast<double>(duration_cast<std::chrono::microseconds>(time).count()) / 1000;
  };
  Finding finding{"connection",
                  Verdict::ok,
                  fmt::format("answers in {:.1f} ms, in {:.1f} ms with connecting", in_ms(answered - connected),
                              in_ms(connected - begun)),
                  {}};
  if (answered - connected > kSlowAnswer) {
    finding.verdict = Verdict::warn;
    finding.hint = "is the region far away, or the network slow?";
  }
  return {finding, clock_finding(exchange.response, now, skewed)};
}

}  // namespace cloudkit::inline v0::http
