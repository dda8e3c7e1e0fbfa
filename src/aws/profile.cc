#include "aws/profile.h"

#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cloudkit::inline v0::aws {
namespace {

constexpr std::string_view kBlanks = " \t";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool is_space_or_tab(char c) { return kBlanks.find(c) != std::string_view::npos; }
bool starts_comment(char c) { return c == '#' || c == ';'; }

bool is_name_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         std::string_view("-_/.%@:+").find(c) != std::string_view::npos;
}

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_name_character);
}

bool is_section_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_name_character(c) || static_cast<unsigned char>(c) >= 0x80;
  });
}

// What stands in quotes, if it is all of it.
std::optional<std::string_view> quoted_name(std::string_view text) {
  if (text.size() < 3 || (text.front() != '"' && text.front() != '\'') || text.back() != text.front()) return {};
  const auto inner = text.substr(1, text.size() - 2);
  if (inner.find(text.front()) != std::string_view::npos || core::has_control_character(inner)) return {};
  return inner;
}

// In a section's line a comment may touch the bracket; in a property it needs a blank before it.
std::string_view without_section_comment(std::string_view line) { return line.substr(0, line.find_first_of("#;")); }
std::string_view without_property_comment(std::string_view line) {
  for (std::size_t i = 1; i < line.size(); ++i) {
    if (starts_comment(line[i]) && is_space_or_tab(line[i - 1])) return line.substr(0, i);
  }
  return line;
}

struct Property {
  std::string_view name;
  std::string_view value;
};
std::optional<Property> split_property(std::string_view line) {
  const auto equals = line.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  return Property{core::trim(line.substr(0, equals)), core::trim(line.substr(equals + 1))};
}

class Parser {
 public:
  Parser(ProfileFile kind, std::string_view file_name) : kind_(kind), file_name_(file_name) {}

  Status parse(std::string_view text) {
    if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    while (!text.empty()) {
      const auto end = std::min(text.find('\n'), text.size());
      auto line = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      ++line_number_;
      if (line.ends_with('\r')) line.remove_suffix(1);
      const auto content = core::trim(line);
      if (content.empty() || starts_comment(content.front())) continue;
      const auto indent = static_cast<std::size_t>(content.data() - line.data());
      auto status = line.front() == '['            ? section(line)
                    : is_property(indent, content) ? property(line, indent)
                                                   : continuation(content);
      if (!status) return status;
    }
    return {};
  }

  ProfileSet finish() && {
    // "[profile default]" hides "[default]", wherever they stand.
    if (plain_default_ && set_.profiles.count("default") == 0) set_.profiles["default"] = *std::move(plain_default_);
    return std::move(set_);
  }

 private:
  Status section(std::string_view line) {
    line = core::trim(without_section_comment(line));
    if (!line.ends_with(']')) return fail("Profile definition must end with ']'");
    in_section_ = true;
    in_property_ = false;
    value_ = nullptr;
    section_ = find_section(core::trim(line.substr(1, line.size() - 2)));
    return {};
  }

  // Null for sections that are not ours, and for names that are not allowed.
  Properties* find_section(std::string_view title) {
    const auto end = std::min(title.find_first_of(kBlanks), title.size());
    const auto type = title.substr(0, end);
    auto name = core::trim(title.substr(end));
    if (kind_ == ProfileFile::credentials) {
      if (is_section_name(title)) return &set_.profiles[std::string(title)];
      if (type == "profile") return leave_out(name, "in the credentials file its line is [NAME], without `profile`");
      return leave_out(title, "give it a name without blanks, or its keys to the config file: [profile \"NAME\"]");
    }
    if (title == "default") return &(plain_default_ ? *plain_default_ : plain_default_.emplace());
    if (name.empty()) return leave_out(title, "in the config file its line is [profile NAME]");
    const auto quoted = quoted_name(name);
    if (quoted) name = *quoted;
    const bool is_allowed = quoted || is_section_name(name);
    if (type == "profile" && !is_allowed) return leave_out(name, "put its name into quotes: [profile \"NAME\"]");
    if (!is_allowed) return nullptr;
    if (type == "profile") return &set_.profiles[std::string(name)];
    if (type == "sso-session") return &set_.sso_sessions[std::string(name)];
    if (type == "services") return &set_.services[std::string(name)];
    return nullptr;
  }

  Properties* leave_out(std::string_view name, std::string_view remedy) {
    set_.left_out.insert_or_assign(std::string(name), LeftOut{place(), std::string(remedy)});
    return nullptr;
  }

  // Python's parser, which the AWS CLI has, takes sections that are indented as a whole.
  // https://docs.python.org/3/library/configparser.html#supported-ini-file-structure
  bool is_property(std::size_t indent, std::string_view content) const {
    if (indent == 0) return true;
    if (in_property_) return indent <= indent_;
    return in_section_ && content.find('=') != std::string_view::npos;
  }

  Status property(std::string_view line, std::size_t indent) {
    if (!in_section_) return fail("Expected a profile definition");
    const auto found = split_property(without_property_comment(line));
    if (!found) return fail("Expected an '=' sign defining a property");
    if (found->name.empty()) return fail("Property did not have a name");
    in_property_ = true;
    indent_ = indent;
    nested_ = found->value.empty();
    value_ = nullptr;
    if (section_ == nullptr || !is_name(found->name)) return {};
    value_ = &(*section_)[core::to_lower(found->name)];
    *value_ = found->value;
    return {};
  }

  Status continuation(std::string_view content) {
    if (!in_section_) return fail("Expected a profile definition");
    if (!in_property_) return fail("Expected a property definition, found continuation");
    if (nested_) {
      const auto found = split_property(content);
      if (!found) return fail("Expected an '=' sign defining a sub-property");
      if (found->name.empty()) return fail("Sub-property did not have a name");
    }
    if (value_ != nullptr) value_->append("\n").append(content);
    return {};
  }

  Error fail(std::string_view what) const { return core::invalid_argument(fmt::format("{}: {}", place(), what)); }

  std::string place() const { return fmt::format("{}:{}", file_name_, line_number_); }

  ProfileFile kind_;
  std::string_view file_name_;
  std::size_t line_number_ = 0;
  ProfileSet set_;
  std::optional<Properties> plain_default_;
  bool in_section_ = false;
  bool in_property_ = false;
  std::size_t indent_ = 0;         // The property's.
  bool nested_ = false;            // The property's lines are properties themselves.
  Properties* section_ = nullptr;  // Null: what follows is left out.
  std::string* value_ = nullptr;
};

}  // namespace

const LeftOut* ProfileSet::find_left_out(std::string_view name) const {
  const auto found = left_out.find(name);
  return found == left_out.end() ? nullptr : &found->second;
}

std::string property_of(const Properties& properties, std::string_view name) {
  const auto found = properties.find(name);
  return found == properties.end() ? std::string() : found->second;
}

Result<ProfileSet> parse_profile_file(std::string_view text, ProfileFile kind, std::string_view file_name) {
  Parser parser(kind, file_name);
  if (auto status = parser.parse(text); !status) return std::move(status).error();
  return std::move(parser).finish();
}

void merge_credentials(ProfileSet& config, ProfileSet credentials) {
  for (auto& [name, properties] : credentials.profiles) {
    Properties& merged = config.profiles[name];
    for (auto& [property, value] : properties) merged.insert_or_assign(property, std::move(value));
  }
  config.left_out.merge(credentials.left_out);
}

std::optional<std::string> nested_property(std::string_view value, std::string_view name) {
  while (!value.empty()) {
    const auto end = std::min(value.find('\n'), value.size());
    const auto found = split_property(without_property_comment(value.substr(0, end)));
    if (found && core::equals_ignoring_case(found->name, name)) return std::string(found->value);
    value.remove_prefix(std::min(end + 1, value.size()));
  }
  return std::nullopt;
}

}  // namespace cloudkit::inline v0::aws
