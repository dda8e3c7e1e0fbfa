#include <cloudkit/stack_file.h>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "core/check_text.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/whole_file.h"
#include "stack/declaration.h"
#include "stack/terraform/evaluate.h"
#include "stack/terraform/names.h"
#include "stack/terraform/resources.h"

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX, but not in every unistd.h

namespace cloudkit::inline v0 {
namespace terraform {
namespace {

constexpr std::size_t kMaxConfiguration = std::size_t{1} << 20;

std::map<std::string, std::string> environment_variables() {
  constexpr std::string_view kPrefix = "TF_VAR_";
  std::map<std::string, std::string> variables;
  for (char** at = environ; at != nullptr && *at != nullptr; ++at) {
    const std::string_view entry = *at;
    const std::size_t equals = entry.find('=');
    if (!entry.starts_with(kPrefix) || equals == std::string_view::npos) continue;
    variables.emplace(entry.substr(kPrefix.size(), equals - kPrefix.size()), entry.substr(equals + 1));
  }
  return variables;
}

// The directory's name, with "-" for what a stack's name cannot have.
std::string stack_name_of(const std::filesystem::path& directory) {
  std::string name = core::to_lower(directory.filename().string()).substr(0, 63);
  std::replace_if(name.begin(), name.end(), [](char c) { return !core::is_alphanumeric(c); }, '-');
  while (name.ends_with('-')) name.pop_back();
  return name;
}

Result<std::string> read_region(const Document& document, const Source& source, Scope& scope) {
  if (!document.provider) return std::string();
  auto value = scope.evaluate(*document.provider);
  if (!value) return std::move(value).error();
  Attributes provider(source, *value);
  std::string region = provider.plain_text("region");
  for (const char* name : {"access_key", "secret_key", "token"}) {
    if (provider.has(name)) {
      provider.refuse(name, fmt::format("{} is not taken", core::in_quotes(name)),
                      "credentials come from where the AWS CLI finds them, never from such a file");
    }
  }
  if (auto status = provider.finish(); !status) return std::move(status).error();
  return region;
}

Status read_outputs(const Document& document, const Source& source, Scope& scope, Stack& stack) {
  for (const Member& output : document.outputs) {
    auto value = scope.evaluate(output.value);
    if (!value) return std::move(value).error();
    if (value->sensitive) {
      return source.refuse(output.value.place,
                           "outputs are kept with the state as they are; this one is made of a "
                           "sensitive variable");
    }
    Value block;
    block.kind = Value::Kind::map;
    block.members.push_back({"value", *std::move(value)});
    Attributes one(source, block);
    std::string text = one.text("value");
    if (!one.status()) return one.status();
    stack.output(output.name, std::move(text));
  }
  return {};
}

Status read_resources(const Document& document, const Source& source, Scope& scope, const std::string& directory,
                      Stack& stack) {
  for (Block block : document.resources) {
    for (const std::string& address : block.depends_on) {
      const std::size_t point = std::min(address.find('.'), address.size());
      const std::string_view name = std::string_view(address).substr(std::min(point + 1, address.size()));
      const Place place = block.body.place.child("depends_on");
      if (auto known = check_known(document, source, address.substr(0, point), name, place); !known) return known;
    }
    auto body = scope.evaluate(block.body);
    if (!body) return std::move(body).error();
    block.body = *std::move(body);
    auto resource = resource_of(block, source, directory);
    if (!resource) return std::move(resource).error();
    stack.add(*std::move(resource));
  }
  return {};
}

// As the file calls them, and where the first one is.
Status check_cycles(const Document& document, const Source& source, const Stack& stack) {
  const std::vector<std::string> cycle = stack::find_cycle(stack::needs_of(stack));
  if (cycle.empty()) return {};
  std::string way;
  Place place;
  for (const Block& block : document.resources) {
    if (cycle.front() == fmt::format("{}.{}", stack_type(block.type), block.name)) place = block.body.place;
  }
  for (std::size_t i = 0; i <= cycle.size(); ++i) {
    const std::string& address = cycle[i % cycle.size()];
    const std::size_t point = address.find('.');
    way += fmt::format("{}{}{}", i == 0 ? "" : " -> ", terraform_type(address.substr(0, point)), address.substr(point));
  }
  return source.refuse(place, "resources need each other: " + way,
                       "one of these must do without the other's attributes");
}

}  // namespace
}  // namespace terraform

Result<StackFile> parse_stack_file(std::string_view text, std::string_view file_name, const StackFileOptions& options) {
  const terraform::Source source{text, file_name};
  auto document = terraform::parse_document(source);
  if (!document) return std::move(document).error();
  terraform::Surroundings surroundings{options.variables, {}, options.directory};
  if (options.read_environment) surroundings.environment = terraform::environment_variables();
  terraform::Scope scope(*document, source, surroundings);
  if (auto status = scope.set_variables(); !status) return std::move(status).error();
  StackFile file{Stack(options.name)};
  auto region = terraform::read_region(*document, source, scope);
  if (!region) return std::move(region).error();
  file.region = *std::move(region);
  auto status = terraform::read_resources(*document, source, scope, options.directory, file.stack);
  if (status) status = terraform::read_outputs(*document, source, scope, file.stack);
  if (status) status = terraform::check_cycles(*document, source, file.stack);
  if (!status) return std::move(status).error();
  if (status = file.stack.check(); !status) {
    Error error = std::move(status).error();
    error.message = fmt::format("{}: {}", file_name, error.message);
    return error;
  }
  return file;
}

Result<StackFile> read_stack_file(const std::string& path, const StackFileOptions& options) {
  auto text = core::read_whole_file(path, terraform::kMaxConfiguration);
  if (!text) return std::move(text).error();
  if (!*text) {
    return core::fail(ErrorCode::not_found, fmt::format("there is no file {}", core::in_quotes(path)),
                      "it is a stack in Terraform's JSON syntax: main.tf.json");
  }
  std::error_code failed;
  const std::filesystem::path directory = std::filesystem::absolute(path, failed).lexically_normal().parent_path();
  StackFileOptions complete = options;
  if (complete.directory.empty()) complete.directory = directory.string();
  if (complete.name.empty()) complete.name = terraform::stack_name_of(directory);
  return parse_stack_file(**text, std::filesystem::path(path).filename().string(), complete);
}

std::string stack_address(std::string_view address) {
  const std::size_t point = std::min(address.find('.'), address.size());
  const std::string_view type = terraform::stack_type(address.substr(0, point));
  return std::string(type.empty() ? address.substr(0, point) : type) + std::string(address.substr(point));
}

}  // namespace cloudkit::inline v0
