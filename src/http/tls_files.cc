#include "http/tls_files.h"

#include "core/fail.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <system_error>

namespace cloudkit::inline v0::http {
namespace {

constexpr std::array kVariables = {"AWS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"};

constexpr std::array kKnownPaths = {
    "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Ubuntu, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",                   // Fedora, RHEL, Amazon Linux
    "/etc/ssl/ca-bundle.pem",                             // openSUSE
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // newer RHEL
    "/etc/ssl/cert.pem",                                  // Alpine, macOS, the BSDs
};

bool readable(const char* path) noexcept { return ::access(path, R_OK) == 0; }

Result<std::string> named_file(std::string_view what, std::string path, std::string_view named_by) {
  if (readable(path.c_str())) return path;
  const std::string reason = std::system_category().message(errno);
  return core::invalid_argument(
      fmt::format("the {} \"{}\" named by {} cannot be read: {}", what, path, named_by, reason));
}

}  // namespace

Result<std::string> find_ca_bundle(const std::string& option, const std::string& built_in) {
  if (!option.empty()) return named_file("CA bundle", option, "the option ca_file");
  for (const char* variable : kVariables) {
    const char* path = std::getenv(variable);
    if (path != nullptr && *path != '\0') return named_file("CA bundle", path, variable);
  }
  if (!built_in.empty() && readable(built_in.c_str())) return built_in;
  for (const char* path : kKnownPaths) {
    if (readable(path)) return std::string(path);
  }
  return std::string();
}

Result<TlsFiles> find_tls_files(const TransportOptions& options, const std::string& built_in_ca) {
  auto ca_file = find_ca_bundle(options.ca_file, built_in_ca);
  if (!ca_file) return std::move(ca_file).error();
  TlsFiles files{*std::move(ca_file), options.client_certificate, options.client_key};
  if (files.client_certificate.empty()) {
    if (files.client_key.empty()) return files;
    return core::invalid_argument("the option client_key needs client_certificate beside it");
  }
  // One file may hold both.
  if (files.client_key.empty()) files.client_key = files.client_certificate;
  const auto certificate = named_file("client certificate", files.client_certificate, "the option client_certificate");
  if (!certificate) return certificate.error();
  const auto key = named_file("client key", files.client_key, "the option client_key");
  if (!key) return key.error();
  return files;
}

}  // namespace cloudkit::inline v0::http
