#include "compute/check_names.h"
#include "compute/checks.h"
#include "core/check_text.h"
#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::compute {
namespace {

using core::in_quotes;
using core::invalid_argument;

constexpr std::string_view kTagPage =
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions";
constexpr std::string_view kUserDataPage = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html";
constexpr std::string_view kTokenPage = "https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html";

// Of kTagPage, in characters.
constexpr std::size_t kLongestTagName = 128;
constexpr std::size_t kLongestTagValue = 256;
// Of kTokenPage.
constexpr std::size_t kLongestToken = 64;
// The largest volume that a machine boots from: https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html
constexpr int kLargestDisk = 65'536;

std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; }));
}

Status check_tag_text(std::string_view what, std::string_view text, std::size_t longest) {
  if (core::is_valid_utf8(text) && !core::has_control_character(text) && characters(text) <= longest) return {};
  return invalid_argument(fmt::format("a tag's {} is at most {} characters of UTF-8, none of them a control character, "
                                      "not {}",
                                      what, longest, in_quotes(text)),
                          std::string(kTagPage));
}

Status check_tag_name(std::string_view name) {
  if (name.empty()) return invalid_argument("a tag has no name");
  if (core::to_lower(name.substr(0, 4)) == "aws:") {
    return invalid_argument(fmt::format("the tag {} is not yours to set: aws: is taken", in_quotes(name)),
                            std::string(kTagPage));
  }
  return check_tag_text("name", name, kLongestTagName);
}

// What the caller left out is not checked.
Status check_optional(std::string_view what, std::string_view text) {
  return text.empty() ? Status() : check_reference(what, text);
}

Status check_required(std::string_view what, std::string_view text, std::string_view example) {
  if (!text.empty()) return check_reference(what, text);
  return invalid_argument(fmt::format("the spec has no {}", what), fmt::format("InstanceSpec::{} = {}", what, example));
}

Status check_user_data(const InstanceSpec& spec, const ComputeCapabilities& able) {
  if (spec.user_data.empty()) return {};
  if (auto offered = check_offered(able.user_data, "user data"); !offered) return offered;
  if (able.max_user_data == 0 || spec.user_data.size() <= able.max_user_data) return {};
  return invalid_argument(
      fmt::format("the user data has {} bytes, more than {}", spec.user_data.size(), able.max_user_data),
      fmt::format("compress it (cloud-init takes gzip), or let it fetch the rest from a bucket; {}", kUserDataPage));
}

// On AWS the name is a tag.
Status check_name_tag(const InstanceSpec& spec) {
  const auto tag = spec.tags.find("Name");
  if (tag == spec.tags.end() || tag->second == spec.name) return {};
  return invalid_argument(
      fmt::format("the tag Name is {}, and the name {}", in_quotes(tag->second), in_quotes(spec.name)),
      "on AWS a machine's name is its tag Name: leave the tag away");
}

Status check_room_for_name(const InstanceSpec& spec, const ComputeCapabilities& able) {
  const bool fits = spec.tags.size() < static_cast<std::size_t>(able.max_tags) || spec.tags.contains("Name");
  if (able.max_tags == 0 || fits) return {};
  return invalid_argument(
      fmt::format("{} tags and the name are more than the {} tags of a machine", spec.tags.size(), able.max_tags),
      std::string(kTagPage));
}

Status check_firewalls(const InstanceSpec& spec, const ComputeCapabilities& able) {
  if (spec.firewalls.empty()) return {};
  if (auto offered = check_offered(able.firewalls, "firewalls"); !offered) return offered;
  for (const std::string& firewall : spec.firewalls) {
    if (auto ok = check_given_name("firewall", firewall); !ok) return ok;
  }
  return {};
}

Status check_disk(const InstanceSpec& spec) {
  if (!spec.disk_gib || (*spec.disk_gib >= 1 && *spec.disk_gib <= kLargestDisk)) return {};
  return invalid_argument(fmt::format("disk_gib is 1 to {}, not {}", kLargestDisk, *spec.disk_gib),
                          "https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html");
}

}  // namespace

Status all_of(std::initializer_list<Status> checks) {
  for (const Status& check : checks) {
    if (!check) return check;
  }
  return {};
}

Status check_offered(bool offered, std::string_view what) {
  if (offered) return {};
  return core::unsupported(fmt::format("this backend of machines does not offer {}", what));
}

Status check_name(std::string_view what, std::string_view name, std::string_view page) {
  const bool chars = core::is_made_of(name, "-", kLongestName) &&
                     std::none_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  if (chars && core::is_lower(name.front()) && name.back() != '-') return {};
  return invalid_argument(
      fmt::format("{} is no name of a {}: 1 to {} lower-case letters, digits and '-', a letter first, no '-' last",
                  in_quotes(name), what, kLongestName),
      fmt::format("that is what every cloud takes: {}", page));
}

Status check_tags(const std::map<std::string, std::string>& tags, const ComputeCapabilities& able) {
  if (tags.empty()) return {};
  if (auto offered = check_offered(able.tags, "tags"); !offered) return offered;
  if (able.max_tags > 0 && tags.size() > static_cast<std::size_t>(able.max_tags)) {
    return invalid_argument(fmt::format("{} tags are more than {}", tags.size(), able.max_tags), std::string(kTagPage));
  }
  for (const auto& [name, value] : tags) {
    if (auto ok = all_of({check_tag_name(name), check_tag_text("value", value, kLongestTagValue)}); !ok) return ok;
  }
  return {};
}

Status check_tag_names(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (auto ok = check_tag_name(name); !ok) return ok;
  }
  return {};
}

Status check_token(std::string_view token) {
  const bool printable = std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < 0x7F; });
  if (printable && token.size() <= kLongestToken) return {};
  return invalid_argument(fmt::format("{} is no token: at most {} printable ASCII characters without a space",
                                      in_quotes(token), kLongestToken),
                          std::string(kTokenPage));
}

Status check_spec(const InstanceSpec& spec, const ComputeCapabilities& able) {
  return all_of({
      check_offered(able.create, "making machines"),
      check_name("machine", spec.name, "https://cloud.google.com/compute/docs/naming-resources"),
      check_required("image", spec.image, "\"al2023\", an alias, or an id"),
      check_required("type", spec.type, "\"t3.micro\", as the service calls it"),
      check_firewalls(spec, able),
      spec.key.empty() ? Status() : check_offered(able.keys, "key pairs"),
      spec.key.empty() ? Status() : check_given_name("key", spec.key),
      check_optional("subnet", spec.subnet),
      check_optional("zone", spec.zone),
      check_optional("identity", spec.identity),
      check_user_data(spec, able),
      check_disk(spec),
      check_tags(spec.tags, able),
      check_room_for_name(spec, able),
      check_name_tag(spec),
      check_token(spec.token),
  });
}

}  // namespace cloudkit::inline v0::compute
