#include "stack/terraform/resources.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "core/check_text.h"
#include "core/encode.h"
#include "stack/references.h"
#include "stack/specs.h"
#include "stack/terraform/names.h"

namespace cloudkit::inline v0::terraform {
namespace {

// Both directions: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/security_group
FirewallRule read_rule(Attributes& block, Direction direction) {
  FirewallRule rule;
  rule.direction = direction;
  const std::string protocol = block.plain_text("protocol");
  const auto known = protocol_of(protocol);
  if (!known) {
    block.refuse(protocol.empty() ? "" : "protocol",
                 protocol.empty() ? "protocol is missing" : core::in_quotes(protocol) + " is not taken",
                 "protocols are tcp, udp, icmp, and -1 for all of them");
  }
  rule.protocol = known.value_or(Protocol::tcp);
  for (const char* name : {"from_port", "to_port"}) {
    if (!block.has(name)) block.refuse("", fmt::format("{} is missing", name));
  }
  rule.from = block.integer("from_port").value_or(0);
  rule.to = block.integer("to_port").value_or(0);
  const int all_ports = rule.protocol == Protocol::icmp ? -1 : 0;
  if (rule.protocol == Protocol::icmp || rule.protocol == Protocol::all) {
    if (rule.from != all_ports || rule.to != all_ports) {
      block.refuse("from_port", fmt::format("from_port and to_port of {} are {}: all of it", protocol, all_ports));
    }
    rule.from = rule.to = 0;
  }
  rule.cidrs = block.texts("cidr_blocks");
  for (std::string& cidr : block.texts("ipv6_cidr_blocks")) rule.cidrs.push_back(std::move(cidr));
  const std::vector<std::string> peers = block.texts("security_groups");
  if (peers.size() > 1) block.refuse("security_groups", "one is taken: write a rule for each");
  if (!peers.empty()) rule.peer_firewall = peers.front();
  if (!block.texts("prefix_list_ids").empty()) block.refuse("prefix_list_ids", "prefix lists are not taken");
  if (block.flag("self").value_or(false)) {
    block.refuse("self", "self is not taken", "write the addresses: cidr_blocks");
  }
  rule.description = block.text("description");
  (void)block.finish();
  return rule;
}

// One that lets all out is said by a flag, as stacks do.
bool is_all_outbound(const FirewallRule& rule) {
  return rule.direction == Direction::outbound && rule.protocol == Protocol::all && rule.peer_firewall.empty() &&
         rule.cidrs == std::vector<std::string>{"0.0.0.0/0"} && rule.description.empty();
}

StackResource::Spec read_firewall(Attributes& block) {
  FirewallSpec spec;
  spec.name = block.required_text("name");
  // Terraform's own.
  spec.description = block.has("description") ? block.text("description") : "Managed by Terraform";
  spec.network = block.text("vpc_id");
  spec.tags = block.text_map("tags");
  spec.allow_all_outbound = false;
  for (const auto& [name, direction] :
       {std::pair("ingress", Direction::inbound), std::pair("egress", Direction::outbound)}) {
    for (Attributes& rule : block.blocks(name)) {
      FirewallRule read = read_rule(rule, direction);
      block.take(rule);
      if (is_all_outbound(read)) {
        spec.allow_all_outbound = true;
      } else {
        spec.rules.push_back(std::move(read));
      }
    }
  }
  return spec;
}

StackResource::Spec read_key(Attributes& block) {
  KeySpec spec;
  spec.name = block.required_text("key_name");
  spec.public_key = std::string(core::trim(block.required_text("public_key")));
  return spec;
}

// A machine's name is its tag Name: without one it is called as the file calls it.
std::string instance_name(Attributes& block, std::map<std::string, std::string>& tags, const std::string& name) {
  const auto tag = tags.find("Name");
  std::string found = tag == tags.end() ? core::to_lower(name) : tag->second;
  if (tag != tags.end()) {
    tags.erase(tag);
  } else {
    std::replace(found.begin(), found.end(), '_', '-');
  }
  const bool fits = core::is_made_of(found, "-", 63) && core::is_lower(found.front()) && found.back() != '-' &&
                    core::to_lower(found) == found;
  if (!fits && stack::references_in(found).empty()) {
    block.refuse("tags", fmt::format("{}, the tag Name, is no name of a machine", core::in_quotes(found)),
                 "1 to 63 lower-case letters, digits and \"-\", a letter first, no \"-\" last");
  }
  return found;
}

StackResource::Spec read_instance(Attributes& block, const std::string& name) {
  InstanceSpec spec;
  spec.image = block.required_text("ami");
  spec.type = block.required_text("instance_type");
  spec.firewalls = block.texts("vpc_security_group_ids");
  for (const std::string& group : block.texts("security_groups")) spec.firewalls.push_back(firewall_by_id(group));
  spec.key = block.text("key_name");
  spec.subnet = block.text("subnet_id");
  spec.zone = block.text("availability_zone");
  spec.identity = block.text("iam_instance_profile");
  spec.user_data = block.text("user_data");
  spec.public_ip = block.flag("associate_public_ip_address");
  spec.tags = block.text_map("tags");
  if (!block.flag("user_data_replace_on_change").value_or(true)) {
    block.refuse("user_data_replace_on_change", "other user_data always means another machine",
                 "write true, or leave it out");
  }
  if (auto disk = block.block("root_block_device")) {
    spec.disk_gib = disk->integer("volume_size");
    (void)disk->finish();
    block.take(*disk);
  }
  if (auto metadata = block.block("metadata_options")) {
    const std::string tokens = metadata->plain_text("http_tokens");
    if (tokens != "required" && tokens != "optional")
      metadata->refuse("http_tokens", "required or optional was expected");
    spec.metadata_v2_only = tokens != "optional";
    (void)metadata->finish();
    block.take(*metadata);
  }
  spec.name = instance_name(block, spec.tags, name);
  return spec;
}

FunctionCode read_code(Attributes& block, const std::string& directory) {
  const std::string file = block.plain_text("filename");
  const std::string bucket = block.plain_text("s3_bucket");
  const std::string key = block.plain_text("s3_key");
  const std::string version = block.plain_text("s3_object_version");
  const std::string image = block.plain_text("image_uri");
  const std::string package = block.plain_text("package_type");
  const int places = int{!file.empty()} + int{!bucket.empty() || !key.empty()} + int{!image.empty()};
  if (places != 1) block.refuse("", "one of filename, s3_bucket with s3_key, and image_uri was expected");
  if (bucket.empty() != key.empty()) block.refuse("", "s3_bucket and s3_key belong together");
  if (block.has("package_type") && package != (image.empty() ? "Zip" : "Image")) {
    block.refuse("package_type", fmt::format("{} was expected", image.empty() ? "\"Zip\"" : "\"Image\""));
  }
  if (!image.empty()) return FunctionCode::image(image);
  if (bucket.empty())
    return FunctionCode::zip(File{(std::filesystem::path(directory) / file).lexically_normal().string()});
  std::string url = fmt::format("s3://{}/{}", bucket, core::percent_encode(key, core::Slash::keep));
  if (!version.empty()) url += "?versionId=" + core::percent_encode(version, core::Slash::encode);
  return FunctionCode::object(std::move(url));
}

void read_function_limits(Attributes& block, FunctionSpec& spec) {
  // What AWS and Terraform mean by nothing.
  spec.timeout = std::chrono::seconds(block.integer("timeout").value_or(3));
  spec.memory_mib = block.integer("memory_size").value_or(128);
  spec.architecture = Architecture::x86_64;
  const std::vector<std::string> architectures = block.texts("architectures");
  if (architectures == std::vector<std::string>{"arm64"}) {
    spec.architecture = Architecture::arm64;
  } else if (block.has("architectures") && architectures != std::vector<std::string>{"x86_64"}) {
    block.refuse("architectures", "[\"x86_64\"] or [\"arm64\"] was expected");
  }
  const int concurrency = block.integer("reserved_concurrent_executions").value_or(-1);
  if (concurrency >= 0) spec.max_concurrency = concurrency;
  if (auto storage = block.block("ephemeral_storage")) {
    spec.scratch_mib = storage->integer("size").value_or(512);
    (void)storage->finish();
    block.take(*storage);
  }
}

StackResource::Spec read_function(Attributes& block, const std::string& directory) {
  FunctionSpec spec;
  spec.name = block.required_text("function_name");
  spec.code = read_code(block, directory);
  const std::string runtime = block.text("runtime");
  if (!runtime.empty() && runtime != "provided.al2023") spec.runtime = runtime;
  spec.handler = block.text("handler");
  if (spec.runtime == "native" && spec.handler == "bootstrap") spec.handler.clear();
  spec.description = block.text("description");
  spec.identity = block.text("role");
  spec.tags = block.text_map("tags");
  read_function_limits(block, spec);
  if (auto environment = block.block("environment")) {
    spec.environment = environment->text_map("variables");
    (void)environment->finish();
    block.take(*environment);
  }
  if (block.has("source_code_hash")) {
    block.refuse("source_code_hash", "source_code_hash is not taken", "leave it out: a plan reads the code itself");
  }
  return spec;
}

StackResource::Spec read_endpoint(Attributes& block) {
  StackEndpoint endpoint;
  endpoint.function = block.required_text("function_name");
  endpoint.spec.kind = EndpointKind::url;
  const std::string authorization = block.plain_text("authorization_type");
  if (authorization != "NONE" && authorization != "AWS_IAM") {
    block.refuse(block.has("authorization_type") ? "authorization_type" : "",
                 "authorization_type is \"NONE\", for anybody, or \"AWS_IAM\"");
  }
  endpoint.spec.is_public = authorization == "NONE";
  return endpoint;
}

StackResource::Spec read_bucket(Attributes& block) {
  BucketSpec spec;
  spec.name = block.required_text("bucket");
  spec.force_destroy = block.flag("force_destroy").value_or(false);
  return spec;
}

std::string hint_of(std::string_view type) {
  if (type == "aws_lambda_permission") return "leave it out: who may call is granted with the endpoint";
  if (type.starts_with("aws_cloudwatch_event_") || type.starts_with("aws_scheduler_")) {
    return "declare the schedule in C++: Stack::schedule";
  }
  if (type.starts_with("aws_api")) return "aws_lambda_function_url is taken; in C++ Stack::endpoint makes others";
  return "taken are: " + taken_types();
}

// What plans and states call a Terraform attribute; nothing where they keep none of it.
std::optional<std::string_view> own_name(std::string_view type, std::string_view attribute) {
  constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"ami", "image"},
      {"architectures", "architecture"},
      {"associate_public_ip_address", "public_ip"},
      {"authorization_type", "is_public"},
      {"availability_zone", "zone"},
      {"description", "description"},
      {"egress", "rules"},
      {"environment", "environment"},
      {"ephemeral_storage", "scratch_mib"},
      {"filename", "code"},
      {"force_destroy", "force_destroy"},
      {"handler", "handler"},
      {"iam_instance_profile", "identity"},
      {"image_uri", "code"},
      {"ingress", "rules"},
      {"instance_type", "type"},
      {"memory_size", "memory_mib"},
      {"metadata_options", "metadata_v2_only"},
      {"public_key", "public_key"},
      {"reserved_concurrent_executions", "max_concurrency"},
      {"role", "identity"},
      {"root_block_device", "disk_gib"},
      {"runtime", "runtime"},
      {"s3_bucket", "code"},
      {"s3_key", "code"},
      {"s3_object_version", "code"},
      {"security_groups", "firewalls"},
      {"subnet_id", "subnet"},
      {"tags", "tags"},
      {"timeout", "timeout"},
      {"user_data", "user_data"},
      {"vpc_id", "network"},
      {"vpc_security_group_ids", "firewalls"},
  };
  if (attribute == "key_name" && type == "aws_instance") return "key";
  for (const auto& [terraform, ours] : kNames) {
    if (terraform == attribute) return ours;
  }
  return std::nullopt;
}

// Names, by which things are found, stand in outputs and in what is said of them. So do others: those that a stack
// itself would refuse, where nobody knew the place.
Status read_secrets(const Block& block, const Source& source, const Attributes& attributes,
                    std::vector<std::string>& secrets) {
  for (const std::string& name : attributes.sensitive()) {
    const auto own = own_name(block.type, name);
    const Value* const value = block.body.find(name);
    const Value* const tag = name == "tags" && block.type == "aws_instance" && value ? value->find("Name") : nullptr;
    const bool is_name = tag != nullptr && tag->sensitive;
    if (!own || is_name || !stack::may_be_secret(stack_type(block.type), *own)) {
      return source.refuse(is_name            ? tag->place
                           : value == nullptr ? block.body.place
                                              : value->place,
                           fmt::format("{} cannot be kept secret, and this is made of a sensitive variable",
                                       is_name ? "the tag Name, a machine's name," : name),
                           "outputs tell it as it is, or the thing is found by it: make it of another variable");
    }
    if (std::find(secrets.begin(), secrets.end(), *own) == secrets.end()) secrets.emplace_back(*own);
  }
  return {};
}

StackResource::Spec read_spec(const Block& block, Attributes& attributes, const std::string& directory) {
  const std::string_view type = stack_type(block.type);
  if (type == "firewall") return read_firewall(attributes);
  if (type == "key") return read_key(attributes);
  if (type == "instance") return read_instance(attributes, block.name);
  if (type == "function") return read_function(attributes, directory);
  if (type == "endpoint") return read_endpoint(attributes);
  return read_bucket(attributes);
}

Status read_dependencies(const Block& block, const Source& source, std::vector<std::string>& out) {
  for (const std::string& address : block.depends_on) {
    const std::size_t point = address.find('.');
    const std::string_view type = stack_type(address.substr(0, point));
    if (type.empty()) {
      return source.refuse(block.body.place.child("depends_on"),
                           fmt::format("{} is not taken", core::in_quotes(address)), "taken are: " + taken_types());
    }
    out.push_back(std::string(type) + address.substr(point));
  }
  return {};
}

}  // namespace

std::optional<Protocol> protocol_of(std::string_view text) noexcept {
  if (text == "tcp" || text == "6") return Protocol::tcp;
  if (text == "udp" || text == "17") return Protocol::udp;
  if (text == "icmp" || text == "1") return Protocol::icmp;
  if (text == "-1" || text == "all") return Protocol::all;
  return std::nullopt;
}

Result<StackResource> resource_of(const Block& block, const Source& source, const std::string& directory) {
  if (stack_type(block.type).empty()) {
    return source.refuse(block.body.place, fmt::format("the type {} is not taken", core::in_quotes(block.type)),
                         hint_of(block.type));
  }
  if (!stack::is_resource_name(block.name)) {
    return source.refuse(block.body.place, "in a stack a name has 1 to 63 characters, a letter first");
  }
  Attributes attributes(source, block.body);
  StackResource resource;
  resource.spec = read_spec(block, attributes, directory);
  if (auto status = attributes.finish(); !status) return std::move(status).error();
  resource.options.name = block.name;
  resource.options.protect = block.prevent_destroy;
  if (auto status = read_secrets(block, source, attributes, resource.options.secrets); !status) {
    return std::move(status).error();
  }
  if (auto status = read_dependencies(block, source, resource.options.depends_on); !status) {
    return std::move(status).error();
  }
  return resource;
}

}  // namespace cloudkit::inline v0::terraform
