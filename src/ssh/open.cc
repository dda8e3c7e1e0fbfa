#include "ssh/open.h"

#include "core/fail.h"
#include "ssh/command_line.h"
#include "ssh/driver.h"

#include <fmt/format.h>

#include <utility>

namespace cloudkit::inline v0::ssh {
namespace {

constexpr std::string_view kForms = "write ssh://USER@HOST, or ssh:///INVENTORY with three slashes";

ConnectionOptions connection_of(const Url& url) {
  ConnectionOptions options;
  options.key = url.get("key");
  options.known_hosts = url.get("known_hosts");
  options.config = url.get("config");
  return options;
}

Status prepare(ConnectionOptions& options) {
  for (std::string* path : {&options.key, &options.known_hosts, &options.config}) *path = with_home(*path);
  return check_options(options);
}

template <class Options>
Result<Compute> make_handle(Options options) {
  auto driver = make_driver(std::move(options));
  if (!driver) return std::move(driver).error();
  return Compute(*std::move(driver));
}

}  // namespace

Result<std::shared_ptr<ComputeDriver>> open_compute(const Url& url) {
  if (url.host.empty()) {
    if (auto status = url.allow_only({"group", "key", "known_hosts", "config"}); !status) return status.error();
    if (url.path.size() < 2 || !url.user.empty() || url.port != 0) {
      return core::invalid_argument("the URL names neither a host nor an inventory", std::string(kForms));
    }
    InventoryOptions options;
    options.file = url.path;
    options.group = url.get("group");
    options.connection = connection_of(url);
    return make_driver(std::move(options));
  }
  if (auto status = url.allow_only({"key", "known_hosts", "config"}); !status) return status.error();
  if (url.path.size() > 1) {
    return core::invalid_argument("a host has no path, but this one has \"" + url.path + "\"", std::string(kForms));
  }
  SshOptions options;
  options.host = url.host;
  options.user = url.user;
  options.port = url.port;
  options.connection = connection_of(url);
  return make_driver(std::move(options));
}

Result<std::shared_ptr<ComputeDriver>> make_driver(SshOptions options) {
  if (auto status = prepare(options.connection); !status) return std::move(status).error();
  InventoryHost host;
  host.name = options.host;
  host.address = std::move(options.host);
  host.user = std::move(options.user);
  host.port = options.port;
  if (auto status = check_host(host); !status) return std::move(status).error();
  std::string url = "ssh://" + login_of(host);
  return std::shared_ptr<ComputeDriver>(
      std::make_shared<SshDriver>(std::move(url), std::move(host), std::move(options.connection)));
}

Result<std::shared_ptr<ComputeDriver>> make_driver(InventoryOptions options) {
  if (auto status = prepare(options.connection); !status) return std::move(status).error();
  options.file = with_home(options.file);
  if (options.file.empty() || options.file.find('\0') != std::string::npos) {
    return core::invalid_argument("InventoryOptions::file names no file");
  }
  if (!options.user.empty()) {
    if (auto status = check_user(options.user); !status) return std::move(status).error();
  }
  std::string url = (options.file.starts_with('/') ? "ssh://" : "ssh:///") + options.file;
  return std::shared_ptr<ComputeDriver>(std::make_shared<SshDriver>(std::move(url), std::move(options)));
}

Result<Compute> make_compute(SshOptions options) { return make_handle(std::move(options)); }
Result<Compute> make_compute(InventoryOptions options) { return make_handle(std::move(options)); }

}  // namespace cloudkit::inline v0::ssh
