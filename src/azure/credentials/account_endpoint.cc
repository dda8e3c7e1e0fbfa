#include "azure/credentials/account_endpoint.h"

#include "core/encode.h"
#include "core/fail.h"
#include "http/request_check.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::azure {
namespace {

constexpr std::string_view kSecondary = "-secondary";

bool is_lower_or_digit(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

// https://learn.microsoft.com/azure/storage/common/storage-account-overview#storage-account-name
bool is_account_name(std::string_view name) noexcept {
  return name.size() >= 3 && name.size() <= 24 && std::all_of(name.begin(), name.end(), is_lower_or_digit);
}

// One machine: it has no names below its own.
bool names_machine(const http::Endpoint& endpoint) noexcept {
  return endpoint.is_ip() || endpoint.host_name().find('.') == std::string_view::npos;
}

Error bad_account(std::string_view account, std::string_view why) {
  // Longer than any name: perhaps its key, in the wrong place.
  const std::string shown = account.size() > 64 ? fmt::format("of {} characters", account.size())
                                                : fmt::format("\"{}\"", core::printable_excerpt(account, 64));
  return core::invalid_argument(fmt::format("the account {} {}", shown, why),
                                "an account of Azure Storage has 3 to 24 lower-case letters and digits");
}

bool is_blob_host(std::string_view host) noexcept {
  // Also "ACCOUNT.z01.blob.storage.azure.net" and "ACCOUNT.privatelink.blob.core.windows.net".
  return is_azure_host(host) && host.find(".blob.") != std::string_view::npos;
}

}  // namespace

// https://learn.microsoft.com/azure/storage/common/storage-account-overview and the endpoints of the national clouds.
bool is_azure_host(std::string_view host) noexcept {
  constexpr std::string_view kAzure[] = {"core.windows.net", "storage.azure.net", "core.chinacloudapi.cn",
                                         "core.usgovcloudapi.net"};
  const auto is_in = [&](std::string_view domain) { return http::is_below(host, domain); };
  return std::any_of(std::begin(kAzure), std::end(kAzure), is_in);
}

bool is_trusted(const http::Endpoint& endpoint) {
  return http::is_loopback(endpoint.host) || is_blob_host(endpoint.host_name());
}

std::string account_of(const http::Endpoint& endpoint) {
  if (names_machine(endpoint)) {
    if (endpoint.base_path.empty()) return {};
    const std::string_view path = std::string_view(endpoint.base_path).substr(1);
    return std::string(path.substr(0, path.find('/')));
  }
  const std::string_view host = endpoint.host_name();
  if (!is_blob_host(host)) return {};
  std::string_view account = host.substr(0, host.find('.'));
  if (account.ends_with(kSecondary)) account.remove_suffix(kSecondary.size());
  return std::string(account);
}

Result<http::Endpoint> endpoint_of(std::string_view account) {
  if (!is_account_name(account)) return bad_account(account, "is none of Azure Storage");
  http::Endpoint endpoint;
  endpoint.host = fmt::format("{}.blob.core.windows.net", account);
  return endpoint;
}

void name_account(http::Endpoint& endpoint, std::string_view account) {
  if (endpoint.base_path.empty() && names_machine(endpoint) && !account.empty()) {
    endpoint.base_path = fmt::format("/{}", account);
  }
}

Status check_account(std::string_view account) {
  // Wider than Azure's own rule: emulators take more.
  const bool plain = account.size() <= 64 && std::all_of(account.begin(), account.end(), [](char c) {
                       return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
                     });
  return plain ? Status{} : Status(bad_account(account, "is not a name"));
}

}  // namespace cloudkit::inline v0::azure
