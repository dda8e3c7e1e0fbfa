// What machines need around them: firewalls, keys, images.
#include "aws/ec2/driver.h"
#include "aws/ec2/errors.h"
#include "aws/ec2/firewalls.h"
#include "aws/ec2/images.h"
#include "aws/ec2/keys.h"
#include "aws/service/absence.h"
#include "aws/service/reply.h"
#include "aws/ssm/protocol.h"
#include "core/compute_rules.h"
#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cloudkit::inline v0::aws::ec2 {
namespace {

std::vector<FirewallRule> rules_of(const std::vector<FirewallRule>& rules, Direction direction) {
  std::vector<FirewallRule> some;
  std::copy_if(rules.begin(), rules.end(), std::back_inserter(some),
               [&](const FirewallRule& rule) { return rule.direction == direction; });
  return some;
}

}  // namespace

// ---- Firewalls

Result<Firewall> Ec2Driver::create_firewall(const FirewallSpec& spec, const Context& context) {
  const auto reply = ask(create_security_group(spec), context);
  if (!reply) return reply.error();
  auto id = service::of_change(read_created_group(*reply));
  if (!id) return std::move(id).error();
  Firewall made;
  made.id = *std::move(id);
  made.name = spec.name;
  made.description = spec.description;
  made.network = spec.network;
  made.rules = {core::everything_out()};
  made.tags = spec.tags;
  return made;
}

Result<Firewall> Ec2Driver::get_firewall(std::string_view id, const Context& context) {
  const auto reply = ask(describe_security_group(id), context);
  if (!reply) return reply.error();
  auto page = read_security_groups(*reply);
  if (!page) return std::move(page).error();
  if (page->firewalls.empty()) return not_here(ErrorCode::not_found, "there is no such firewall");
  return std::move(page->firewalls.front());
}

Result<std::string> Ec2Driver::default_network(const Context& context) {
  const auto reply = ask(describe_default_vpc(), context);
  if (!reply) return reply.error();
  auto id = read_default_vpc(*reply);
  if (!id || !id->empty()) return id;
  return core::fail(ErrorCode::not_found, "no network is named, and there is none by default",
                    std::string(kNoDefaultVpc));
}

Result<FirewallPage> Ec2Driver::list_firewalls_page(std::string_view name, std::string_view network,
                                                    std::string_view page_token, const Context& context) {
  std::string in(network);
  if (!name.empty() && network.empty()) {
    auto by_default = default_network(context);
    if (!by_default) return std::move(by_default).error();
    in = *std::move(by_default);
  }
  const auto reply = ask(describe_security_groups(name, in, page_token, page_size_), context);
  if (!reply) return reply.error();
  return read_security_groups(*reply);
}

Status Ec2Driver::authorize(std::string_view firewall, Direction direction, const std::vector<FirewallRule>& rules,
                            const Context& context) {
  const auto reply = ask(ec2::authorize_rules(firewall, direction, rules), context);
  return reply ? service::of_change(read_authorized(*reply, direction)) : Status(reply.error());
}

Status Ec2Driver::revoke(std::string_view firewall, Direction direction, const std::vector<FirewallRule>& rules,
                         const Context& context) {
  const auto reply = ask(ec2::revoke_rules(firewall, direction, rules), context);
  if (!reply) return reply.error();
  const auto revoked = service::of_change(read_revoked(*reply, direction));
  if (!revoked) return revoked.error();
  if (revoked->all) return {};
  return check_revoked(firewall, revoked->unknown.empty() ? rules : revoked->unknown, context);
}

// The service may say with 200 that it did not know these. Were they gone, or does what it looked at not have them yet?
Status Ec2Driver::check_revoked(std::string_view firewall, const std::vector<FirewallRule>& rules,
                                const Context& context) {
  const auto present = get_firewall(firewall, context);
  if (!present) return present.error();
  for (const FirewallRule& rule : rules) {
    const auto same = [&](const FirewallRule& other) { return core::same_traffic(rule, other); };
    if (std::any_of(present->rules.begin(), present->rules.end(), same)) {
      Error error = core::fail(ErrorCode::conflict, "the service did not revoke the rule, and it is there still");
      error.retryable = true;
      return error;
    }
  }
  return {};
}

// One rule that is done already refuses all that come in one call: then each goes alone.
Status Ec2Driver::change_rules(std::string_view firewall, const std::vector<FirewallRule>& rules, RuleChange change,
                               ErrorCode done_already, const Context& context) {
  const auto is_done = [&](const Status& status) {
    return !status && status.error().code == done_already &&
           status.error().service_code.starts_with("InvalidPermission");
  };
  for (const Direction direction : {Direction::inbound, Direction::outbound}) {
    const std::vector<FirewallRule> some = rules_of(rules, direction);
    if (some.empty()) continue;
    Status changed = (this->*change)(firewall, direction, some, context);
    if (is_done(changed)) {
      changed = {};
      for (std::size_t i = 0; changed && some.size() > 1 && i < some.size(); ++i) {
        changed = (this->*change)(firewall, direction, {some[i]}, context);
        if (is_done(changed)) changed = {};
      }
    }
    if (!changed) return changed;
  }
  return {};
}

Status Ec2Driver::authorize_rules(std::string_view firewall, const std::vector<FirewallRule>& rules,
                                  const Context& context) {
  return change_rules(firewall, rules, &Ec2Driver::authorize, ErrorCode::already_exists, context);
}

Status Ec2Driver::revoke_rules(std::string_view firewall, const std::vector<FirewallRule>& rules,
                               const Context& context) {
  return change_rules(firewall, rules, &Ec2Driver::revoke, ErrorCode::not_found, context);
}

Status Ec2Driver::destroy_firewall(std::string_view id, const Context& context) {
  return tell("DeleteSecurityGroup", delete_security_group(id), context);
}

Result<bool> Ec2Driver::is_firewall_attached(std::string_view id, const Context& context) {
  const auto reply = ask(describe_network_interfaces(id), context);
  if (!reply) return reply.error();
  return read_network_interfaces(*reply);
}

// ---- Keys

Result<KeyPair> Ec2Driver::import_key(std::string_view name, std::string_view public_key, const Context& context) {
  const auto reply = ask(import_key_pair(name, public_key), context);
  if (!reply) return reply.error();
  return service::of_change(read_imported_key(*reply));
}

Result<std::vector<KeyPair>> Ec2Driver::list_keys(const Context& context) {
  const auto reply = ask(describe_key_pairs(), context);
  if (!reply) return reply.error();
  return read_key_pairs(*reply);
}

Status Ec2Driver::destroy_key(std::string_view name, const Context& context) {
  return service::gone(ask(delete_key_pair(name), context));
}

// ---- Images

Result<Image> Ec2Driver::resolve_image(std::string_view image, const Context& context) {
  if (is_image_id(image)) {
    const auto reply = ask(describe_image(image), context);
    if (!reply) return reply.error();
    auto found = read_image(*reply);
    if (!found) return std::move(found).error();
    if (*found) return std::move((*found)->image);
    return not_here(ErrorCode::not_found, fmt::format("there is no image {}", image));
  }
  const ImageAlias* alias = find_image_alias(image);
  if (alias == nullptr) {
    return core::invalid_argument(fmt::format("the image \"{}\" is not known", core::printable_excerpt(image, 80)),
                                  fmt::format("known are {}, and ids: ami-…", image_alias_names()));
  }
  const auto reply = ssm_.send(ssm::get_parameter(alias->parameter), context);
  if (!reply) {
    Error error = reply.error();
    if (service::is_missing(error))
      error.hint = fmt::format("its publisher offers it not everywhere; region is {}", region());
    return error;
  }
  auto id = ssm::read_parameter(*reply);
  if (!id) return std::move(id).error();
  return Image{*std::move(id), std::string(alias->name), std::string(alias->architecture)};
}

}  // namespace cloudkit::inline v0::aws::ec2
