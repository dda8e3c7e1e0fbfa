#pragma once

#include <cloudkit/stack.h>

#include <string>

namespace test::stacks {

inline cloudkit::FirewallSpec firewall_spec(const std::string& name, const std::string& description = {}) {
  cloudkit::FirewallSpec spec;
  spec.name = name;
  if (!description.empty()) spec.description = description;
  return spec;
}

inline cloudkit::InstanceSpec machine_spec(const std::string& name, const std::string& text = {}) {
  cloudkit::InstanceSpec spec;
  spec.name = name;
  spec.user_data = text;
  return spec;
}

/// The firewall "ssh", by this spec, and a machine that it guards.
inline cloudkit::Stack guarded_machine(const cloudkit::FirewallSpec& firewall = firewall_spec("ssh")) {
  cloudkit::Stack stack("small");
  const auto ssh = stack.firewall(firewall, {"ssh"});
  cloudkit::InstanceSpec web;
  web.name = "web";
  web.image = "debian-12";
  web.type = "t3.micro";
  web.firewalls = {ssh.ref("id")};
  stack.instance(web);
  return stack;
}

}  // namespace test::stacks
