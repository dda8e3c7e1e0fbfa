// An inventory: what is taken can be given to ssh, and what is refused is refused with its line, but without values.
#include "ssh/host_words.h"

#include <cloudkit/ssh.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

using namespace cloudkit;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

constexpr std::string_view kMarker = "cktest-";

// Names of Ansible's variables are told, wherever in their line they stand.
bool ends_within_name(std::string_view before) {
  const std::string_view word = before.substr(before.find_last_of(" \t\n") + 1);
  return word.starts_with("ansible_") && word.find('=') == std::string_view::npos;
}

// Whether the marker is in the text, and wherever it is, stands behind "=" or ": " in its line, and in no name.
bool marks_only_values(std::string_view text) {
  std::size_t found = text.find(kMarker);
  if (found == std::string_view::npos) return false;
  for (; found != std::string_view::npos; found = text.find(kMarker, found + 1)) {
    const std::string_view before = text.substr(0, found);
    const std::string_view line = before.substr(before.rfind('\n') + 1);
    if (line.find('=') == std::string_view::npos && line.find(": ") == std::string_view::npos) return false;
    if (ends_within_name(line)) return false;
  }
  return true;
}

void check(const ssh::InventoryHost& host, const std::set<std::string>& groups) {
  require(!host.name.empty() && host.line > 0);
  require(ssh::is_host(host.address));
  require(host.user.empty() || ssh::is_user(host.user));
  require(host.key.empty() || ssh::is_plain_path(host.key));
  require(host.port >= 0 && host.port <= 65535);
  require(!host.groups.empty() && std::is_sorted(host.groups.begin(), host.groups.end()));
  for (const std::string& group : host.groups) require(group != "all" && groups.count(group) == 1);
  for (const auto& [name, value] : host.variables) require(!name.starts_with("ansible_"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto inventory = ssh::parse_inventory(text, "hosts");
  if (!inventory) {
    require(inventory.error().code == ErrorCode::invalid_argument);
    require(inventory.error().message.starts_with("hosts:"));
    require(inventory.error().message[6] >= '0' && inventory.error().message[6] <= '9');
    require(!marks_only_values(text) || inventory.error().to_string().find(kMarker) == std::string::npos);
    return 0;
  }
  const std::set<std::string> groups(inventory->groups.begin(), inventory->groups.end());
  std::set<std::string> names;
  for (const ssh::InventoryHost& host : inventory->hosts) {
    require(names.insert(host.name).second);
    check(host, groups);
  }
  return 0;
}
