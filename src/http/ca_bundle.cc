#include "http/ca_bundle.h"

#include "core/fail.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
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

Result<std::string> named_file(std::string path, const char* named_by) {
  if (readable(path.c_str())) return path;
  const std::string reason = std::system_category().message(errno);
  return core::invalid_argument(
      fmt::format("the CA bundle \"{}\" named by {} cannot be read: {}", path, named_by, reason));
}

}  // namespace

Result<std::string> find_ca_bundle(const std::string& option, const std::string& built_in) {
  if (!option.empty()) return named_file(option, "the option ca_file");
  for (const char* variable : kVariables) {
    const char* path = std::getenv(variable);
    if (path != nullptr && *path != '\0') return named_file(path, variable);
  }
  if (!built_in.empty() && readable(built_in.c_str())) return built_in;
  for (const char* path : kKnownPaths) {
    if (readable(path)) return std::string(path);
  }
  return std::string();
}

}  // namespace cloudkit::inline v0::http
