#include <cloudkit/stack.h>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "codec/json.h"
#include "core/encode.h"
#include "core/fail.h"
#include "stack/references.h"
#include "stack/terraform/names.h"
#include "stack/terraform/template.h"

// The way out, to Terraform: https://registry.terraform.io/providers/hashicorp/aws/latest/docs
namespace cloudkit::inline v0 {
namespace terraform {
namespace {

constexpr std::size_t kIndent = 2;

// One configuration. The first problem stays.
class Renderer {
 public:
  Result<std::string> render(const Stack& stack, std::string_view region);

 private:
  using Resources = std::vector<const StackResource*>;

  void refuse(Error error) {
    if (problem_) problem_ = std::move(error);
  }
  void unsupported(std::string what, std::string hint = {}) {
    refuse(core::unsupported(fmt::format("{}: {}", address_, what), std::move(hint)));
  }

  std::string text_of(std::string_view text);
  void text(std::string_view name, std::string_view value);
  void text_unless_empty(std::string_view name, std::string_view value) {
    if (!value.empty()) text(name, value);
  }
  void text_map(std::string_view name, const std::map<std::string, std::string>& values);
  void texts(std::string_view name, const std::vector<std::string>& values);
  void integer(std::string_view name, int value) { out_.name(name).number(value); }
  void flag(std::string_view name, bool value) { out_.name(name).boolean(value); }

  void resource(const StackResource& resource);
  void body(const FirewallSpec& spec);
  void body(const KeySpec& spec);
  void body(const InstanceSpec& spec);
  void body(const FunctionSpec& spec);
  void body(const StackEndpoint& endpoint);
  void body(const StackSchedule& schedule);
  void body(const BucketSpec& spec);
  void rules(std::string_view name, Direction direction, const FirewallSpec& spec);
  void rule(const FirewallRule& rule);
  void firewalls(const std::vector<std::string>& firewalls);
  void code(const FunctionCode& code);
  void options(const StackResourceOptions& options);
  void role_variables();

  codec::JsonWriter out_{kIndent};
  std::string address_;
  std::set<std::string> roles_;  // of functions without one: their names
  Status problem_;
};

// References become Terraform's, all else a text in which nothing is replaced.
std::string Renderer::text_of(std::string_view text) {
  constexpr char kMark = '\0';  // of a reference: no service takes it in a text
  std::vector<std::string> references;
  auto plain = stack::substitute(text, [&](const stack::Reference& reference) {
    auto written = terraform_reference(reference.type, reference.name, reference.output);
    if (written) references.push_back("${" + *written + '}');
    return std::move(written).map([&](const std::string&) { return std::string(1, kMark); });
  });
  if (!plain) {
    unsupported(plain.error().message);
    return {};
  }
  std::string rendered;
  std::size_t next = 0;
  for (const char c : escape_template(*plain)) {
    if (c != kMark) {
      rendered += c;
    } else if (next < references.size() && !rendered.ends_with('$')) {
      rendered += references[next++];
    } else {
      unsupported("Terraform cannot say a text with \"$\" before a reference, or with a NUL");
      return {};
    }
  }
  return rendered;
}

void Renderer::text(std::string_view name, std::string_view value) { out_.name(name).string(text_of(value)); }

void Renderer::text_map(std::string_view name, const std::map<std::string, std::string>& values) {
  if (values.empty()) return;
  out_.name(name).begin_object();
  for (const auto& [key, value] : values) text(key, value);
  out_.end_object();
}

void Renderer::texts(std::string_view name, const std::vector<std::string>& values) {
  if (values.empty()) return;
  out_.name(name).begin_array();
  for (const std::string& value : values) out_.string(text_of(value));
  out_.end_array();
}

void Renderer::rule(const FirewallRule& rule) {
  const bool is_icmp = rule.protocol == Protocol::icmp;
  out_.begin_object().name("protocol");
  out_.string(rule.protocol == Protocol::all ? "-1" : to_string(rule.protocol));
  integer("from_port", is_icmp ? -1 : rule.from);
  integer("to_port", is_icmp ? -1 : rule.to);
  std::vector<std::string> v4;
  std::vector<std::string> v6;
  for (const std::string& cidr : rule.cidrs) (cidr.find(':') == std::string::npos ? v4 : v6).push_back(cidr);
  texts("cidr_blocks", v4);
  texts("ipv6_cidr_blocks", v6);
  if (!rule.peer_firewall.empty()) texts("security_groups", {rule.peer_firewall});
  text_unless_empty("description", rule.description);
  out_.end_object();
}

void Renderer::rules(std::string_view name, Direction direction, const FirewallSpec& spec) {
  out_.name(name).begin_array();
  for (const FirewallRule& each : spec.rules) {
    if (each.direction == direction) rule(each);
  }
  if (direction == Direction::outbound && spec.allow_all_outbound) {
    rule({.direction = Direction::outbound, .protocol = Protocol::all, .cidrs = {"0.0.0.0/0"}});
  }
  out_.end_array();
}

void Renderer::body(const FirewallSpec& spec) {
  text("name", spec.name);
  text("description", spec.description);
  text_unless_empty("vpc_id", spec.network);
  rules("ingress", Direction::inbound, spec);
  rules("egress", Direction::outbound, spec);
  text_map("tags", spec.tags);
}

void Renderer::body(const KeySpec& spec) {
  text("key_name", spec.name);
  text("public_key", spec.public_key);
}

// Terraform takes names apart from ids, and not both.
void Renderer::firewalls(const std::vector<std::string>& firewalls) {
  std::vector<std::string> ids;
  std::vector<std::string> names;
  for (const std::string& firewall : firewalls) {
    std::string text = firewall_by_id(firewall);
    const bool is_id = text.starts_with("sg-") || !stack::references_in(text).empty();
    (is_id ? ids : names).push_back(std::move(text));
  }
  if (!ids.empty() && !names.empty()) unsupported("Terraform takes firewalls by their ids or by their names, not both");
  texts("vpc_security_group_ids", ids);
  texts("security_groups", names);
}

void Renderer::body(const InstanceSpec& spec) {
  text("ami", spec.image);
  if (!spec.image.starts_with("ami-") && stack::references_in(spec.image).empty()) {
    unsupported(fmt::format("Terraform knows no image {}", spec.image), "give InstanceSpec::image the image's id");
  }
  text("instance_type", spec.type);
  firewalls(spec.firewalls);
  text_unless_empty("key_name", spec.key);
  text_unless_empty("subnet_id", spec.subnet);
  text_unless_empty("availability_zone", spec.zone);
  text_unless_empty("iam_instance_profile", spec.identity);
  text_unless_empty("user_data", spec.user_data);
  if (!spec.user_data.empty()) flag("user_data_replace_on_change", true);
  if (spec.public_ip) flag("associate_public_ip_address", *spec.public_ip);
  if (spec.disk_gib) {
    out_.name("root_block_device").begin_object();
    integer("volume_size", *spec.disk_gib);
    out_.end_object();
  }
  out_.name("metadata_options").begin_object().name("http_tokens");
  out_.string(spec.metadata_v2_only ? "required" : "optional").end_object();
  std::map<std::string, std::string> tags = spec.tags;
  tags["Name"] = spec.name;
  text_map("tags", tags);
}

void Renderer::code(const FunctionCode& code) {
  switch (code.kind()) {
    case FunctionCode::Kind::zip: text("filename", stack_literal(code.location())); return;
    case FunctionCode::Kind::image:
      text("package_type", "Image");
      text("image_uri", stack_literal(code.location()));
      return;
    case FunctionCode::Kind::object: break;
    default:
      unsupported("Terraform takes code as a zip, an object or an image", "make a zip of it: FunctionCode::zip");
      return;
  }
  constexpr std::string_view kScheme = "s3://";
  constexpr std::string_view kVersion = "?versionId=";
  std::string_view rest = std::string_view(code.location()).substr(std::min(kScheme.size(), code.location().size()));
  const std::size_t slash = rest.find('/');
  const std::size_t query = rest.find('?');
  const bool is_known = code.location().starts_with(kScheme) && slash != std::string_view::npos &&
                        (query == std::string_view::npos || rest.substr(query).starts_with(kVersion));
  if (!is_known) return unsupported("Terraform takes code from s3://BUCKET/KEY");
  text("s3_bucket", rest.substr(0, slash));
  text("s3_key", stack_literal(core::percent_decode(rest.substr(slash + 1, query - slash - 1)).value_or("")));
  if (query == std::string_view::npos) return;
  text("s3_object_version", core::percent_decode(rest.substr(query + kVersion.size())).value_or(""));
}

void Renderer::body(const FunctionSpec& spec) {
  const bool is_image = spec.code.kind() == FunctionCode::Kind::image;
  text("function_name", spec.name);
  code(spec.code);
  if (!is_image) {
    text("runtime", spec.runtime == "native" ? "provided.al2023" : spec.runtime);
    text("handler", spec.handler.empty() ? "bootstrap" : spec.handler);
  }
  // Terraform makes no role by itself: it asks for one.
  if (spec.identity.empty()) {
    const std::string variable = address_.substr(address_.find('.') + 1) + "_role";
    roles_.insert(variable);
    out_.name("role").string("${var." + variable + "}");
  } else {
    text("role", spec.identity);
  }
  text_unless_empty("description", spec.description);
  integer("timeout", static_cast<int>(spec.timeout.count()));
  integer("memory_size", spec.memory_mib);
  out_.name("ephemeral_storage").begin_object();
  integer("size", spec.scratch_mib);
  out_.end_object();
  if (spec.architecture != Architecture::host) {
    texts("architectures", {spec.architecture == Architecture::arm64 ? "arm64" : "x86_64"});
  } else {
    unsupported("Terraform does not know this computer", "give FunctionSpec::architecture a value");
  }
  if (spec.max_concurrency) integer("reserved_concurrent_executions", *spec.max_concurrency);
  if (!spec.environment.empty()) {
    out_.name("environment").begin_object();
    text_map("variables", spec.environment);
    out_.end_object();
  }
  text_map("tags", spec.tags);
}

void Renderer::body(const StackEndpoint& endpoint) {
  const EndpointSpec& spec = endpoint.spec;
  const bool is_url = spec.kind == EndpointKind::url || (spec.kind == EndpointKind::automatic && spec.stage.empty());
  if (!is_url || spec.method != "ANY" || spec.path != "/" || !spec.stage.empty()) {
    return unsupported("Terraform needs several resources for an API", "a URL for all methods at \"/\" is one");
  }
  text("function_name", endpoint.function);
  text("authorization_type", spec.is_public ? "NONE" : "AWS_IAM");
}

void Renderer::body(const StackSchedule&) {
  unsupported("Terraform needs several resources for a schedule", "write them by hand: aws_scheduler_schedule");
}

void Renderer::body(const BucketSpec& spec) {
  text("bucket", spec.name);
  if (spec.versioned) {
    unsupported("Terraform needs two resources for a bucket that keeps versions",
                "write the second by hand: aws_s3_bucket_versioning");
  }
  if (spec.force_destroy) flag("force_destroy", true);
}

void Renderer::options(const StackResourceOptions& options) {
  if (!options.depends_on.empty()) {
    out_.name("depends_on").begin_array();
    for (const std::string& address : options.depends_on) {
      const std::size_t point = address.find('.');
      out_.string(std::string(terraform_type(address.substr(0, point))) + address.substr(point));
    }
    out_.end_array();
  }
  if (!options.protect) return;
  out_.name("lifecycle").begin_object();
  flag("prevent_destroy", true);
  out_.end_object();
}

void Renderer::resource(const StackResource& resource) {
  address_ = resource.address();
  out_.name(resource.options.name).begin_object();
  std::visit([&](const auto& spec) { body(spec); }, resource.spec);
  options(resource.options);
  out_.end_object();
}

void Renderer::role_variables() {
  if (roles_.empty()) return;
  out_.name("variable").begin_object();
  for (const std::string& name : roles_) {
    out_.name(name).begin_object().name("type").string("string");
    out_.name("description").string("The ARN of the role that the function has").end_object();
  }
  out_.end_object();
}

Result<std::string> Renderer::render(const Stack& stack, std::string_view region) {
  if (auto status = stack.check(); !status) return std::move(status).error();
  out_.begin_object();
  out_.name("terraform").begin_object().name("required_providers").begin_object().name("aws").begin_object();
  out_.name("source").string("hashicorp/aws").end_object().end_object().end_object();
  if (!region.empty()) {
    out_.name("provider").begin_object().name("aws").begin_object().name("region");
    out_.string(escape_template(region)).end_object().end_object();
  }
  std::map<std::string_view, Resources> types;
  for (const StackResource& each : stack.resources()) types[terraform_type(each.type())].push_back(&each);
  if (!types.empty()) out_.name("resource").begin_object();
  for (const auto& [type, resources] : types) {
    out_.name(type.empty() ? "none" : type).begin_object();
    for (const StackResource* each : resources) resource(*each);
    out_.end_object();
  }
  if (!types.empty()) out_.end_object();
  role_variables();
  address_ = "outputs";
  if (!stack.outputs().empty()) out_.name("output").begin_object();
  for (const auto& [name, value] : stack.outputs()) {
    out_.name(name).begin_object();
    text("value", value);
    out_.end_object();
  }
  if (!stack.outputs().empty()) out_.end_object();
  out_.end_object();
  if (!problem_) return std::move(problem_).error();
  auto json = out_.finish();
  if (json) *json += '\n';
  return json;
}

}  // namespace
}  // namespace terraform

Result<std::string> Stack::to_terraform_json(std::string_view region) const {
  return terraform::Renderer().render(*this, region);
}

}  // namespace cloudkit::inline v0
