#include "aws/iam/role_keeper.h"

#include "aws/service/absence.h"
#include "core/encode.h"
#include "core/fail.h"
#include "crypto/digest.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace cloudkit::inline v0::aws::iam {
namespace {

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
constexpr std::size_t kLongestRoleName = 64;
constexpr std::string_view kOwnerTag = "cloudkit:function";
constexpr std::string_view kInlinePolicy = "cloudkit";

using service::gone;

Result<std::optional<Role>> find_role(service::Client& iam, std::string_view name, const Context& context) {
  const auto reply = iam.send(get_role(name), context);
  return service::if_there(reply ? read_role(*reply, "GetRole") : Result<Role>(reply.error()));
}

bool is_owned(const Role& role, std::string_view owner) {
  const auto tag = role.tags.find(std::string(kOwnerTag));
  return tag != role.tags.end() && tag->second == owner;
}

Result<Role> make_role(service::Client& iam, const OwnedRole& wanted, const Context& context) {
  const Tags tags{{std::string(kOwnerTag), wanted.owner}};
  const auto reply =
      iam.send(create_role(wanted.name, trust_policy(wanted.principal), wanted.description, tags), context);
  if (!reply) return reply.error();
  return read_role(*reply, "CreateRole");
}

Result<bool> mend_managed_policy(service::Client& iam, const OwnedRole& wanted, bool is_new, const Context& context) {
  if (wanted.managed_policy.empty()) return false;
  if (!is_new) {
    const auto reply = iam.send(list_attached_role_policies(wanted.name), context);
    if (!reply) return reply.error();
    const auto attached = read_attached_policies(*reply);
    if (!attached) return attached.error();
    if (std::find(attached->begin(), attached->end(), wanted.managed_policy) != attached->end()) return false;
  }
  const auto reply = iam.send(attach_role_policy(wanted.name, wanted.managed_policy), context);
  if (!reply) return reply.error();
  return true;
}

Result<bool> mend_inline_policy(service::Client& iam, const OwnedRole& wanted, bool is_new, const Context& context) {
  if (wanted.inline_policy.empty()) return false;
  if (!is_new) {
    const auto reply = iam.send(get_role_policy(wanted.name, kInlinePolicy), context);
    if (!reply && !service::is_missing(reply.error())) return reply.error();
    if (reply) {
      const auto document = read_role_policy(*reply);
      if (!document) return document.error();
      if (*document == wanted.inline_policy) return false;
    }
  }
  const auto reply = iam.send(put_role_policy(wanted.name, kInlinePolicy, wanted.inline_policy), context);
  if (!reply) return reply.error();
  return true;
}

Status remove_policies(service::Client& iam, std::string_view name, const Context& context) {
  // A role has at most ten to twenty of them, and a page a hundred.
  const auto attached_reply = iam.send(list_attached_role_policies(name), context);
  if (!attached_reply) return attached_reply.error();
  const auto attached = read_attached_policies(*attached_reply);
  if (!attached) return attached.error();
  for (const std::string& arn : *attached) {
    if (auto done = gone(iam.send(detach_role_policy(name, arn), context)); !done) return done;
  }
  const auto inline_reply = iam.send(list_role_policies(name), context);
  if (!inline_reply) return inline_reply.error();
  const auto names = read_policy_names(*inline_reply);
  if (!names) return names.error();
  for (const std::string& policy : *names) {
    if (auto done = gone(iam.send(delete_role_policy(name, policy), context)); !done) return done;
  }
  return {};
}

}  // namespace

std::string role_name(std::string_view function, std::string_view region, std::string_view purpose) {
  std::string name = fmt::format("cloudkit-{}-{}-{}", function, region, purpose);
  if (name.size() <= kLongestRoleName) return name;
  const std::string digest = core::hex_encode(crypto::sha256(name)).substr(0, 12);
  const std::string end = fmt::format("-{}-{}", digest, purpose);
  return fmt::format("cloudkit-{}", function).substr(0, kLongestRoleName - end.size()) + end;
}

std::string role_owner(std::string_view function, std::string_view region) {
  return fmt::format("{}/{}", region, function);
}

Result<KeptRole> keep_role(service::Client& iam, const OwnedRole& wanted, const Context& context) {
  auto found = find_role(iam, wanted.name, context);
  if (!found) return std::move(found).error();
  bool is_new = false;
  if (!*found) {
    auto made = make_role(iam, wanted, context);
    if (made) {
      is_new = true;
      *found = *std::move(made);
    } else {
      if (made.error().code != ErrorCode::already_exists) return std::move(made).error();
      // Another deployment was faster.
      found = find_role(iam, wanted.name, context);
      if (!found) return std::move(found).error();
      if (!*found) return std::move(made).error();
    }
  }
  if (!is_new && !is_owned(**found, wanted.owner)) {
    return core::fail(ErrorCode::conflict,
                      fmt::format("there is a role {} already, and it is not cloudkit's", wanted.name),
                      "rename or remove it, or name a role in FunctionSpec::identity");
  }
  const Role& role = **found;
  KeptRole kept{role.arn, is_new, role.created};
  if (!is_new && !trusts(role.trust, wanted.principal)) {
    const auto mended = iam.send(update_assume_role_policy(wanted.name, trust_policy(wanted.principal)), context);
    if (!mended) return mended.error();
    kept.changed = true;
  }
  for (const auto& mend : {mend_managed_policy, mend_inline_policy}) {
    const auto mended = mend(iam, wanted, is_new, context);
    if (!mended.has_value()) return mended.error();
    kept.changed |= *mended;
  }
  return kept;
}

Status remove_role(service::Client& iam, std::string_view name, std::string_view owner, const Context& context) {
  const auto found = find_role(iam, name, context);
  if (!found) return found.error();
  if (!*found || !is_owned(**found, owner)) return {};
  if (auto removed = remove_policies(iam, name, context); !removed) return gone(removed);
  return gone(iam.send(delete_role(name), context));
}

}  // namespace cloudkit::inline v0::aws::iam
