#include "aws/ec2/wire.h"

#include "aws/service/reply.h"
#include "core/without_value.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::aws::ec2 {
namespace {

std::string exactly(std::string_view value) {
  std::string escaped;
  for (const char c : value) {
    if (c == '*' || c == '?' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

}  // namespace

service::Form form_of(std::string_view action) { return {action, "2016-11-15"}; }

void add_list(service::Form& form, std::string_view name, const std::vector<std::string>& values) {
  int number = 0;
  for (const std::string& value : values) form.add(fmt::format("{}.{}", name, ++number), value);
}

void add_tags(service::Form& form, std::string_view prefix, const Tags& tags) {
  int number = 0;
  for (const auto& [key, value] : tags) {
    ++number;
    form.add(fmt::format("{}Tag.{}.Key", prefix, number), key);
    form.add(fmt::format("{}Tag.{}.Value", prefix, number), value);
  }
}

void add_tag_specification(service::Form& form, std::string_view resource_type, const Tags& tags) {
  if (tags.empty()) return;
  form.add("TagSpecification.1.ResourceType", resource_type);
  add_tags(form, "TagSpecification.1.", tags);
}

void add_page(service::Form& form, int page_size, std::string_view page_token) {
  form.add("MaxResults", std::to_string(page_size)).add_unless_empty("NextToken", page_token);
}

Filters& Filters::add(std::string_view name, const std::vector<std::string>& values) {
  if (values.empty()) return *this;
  ++count_;
  form_.add(fmt::format("Filter.{}.Name", count_), name);
  int number = 0;
  for (const std::string& value : values) {
    form_.add(fmt::format("Filter.{}.Value.{}", count_, ++number), exactly(value));
  }
  return *this;
}

void for_each_item(codec::XmlNode set, const std::function<void(codec::XmlNode)>& visit) {
  for (codec::XmlNode item = set.first_child(); item; item = item.next()) visit(item);
}

Tags read_tags(codec::XmlNode owner) {
  Tags tags;
  for_each_item(owner.child("tagSet"),
                [&](codec::XmlNode tag) { tags.emplace(tag.child("key").text(), tag.child("value").text()); });
  return tags;
}

Result<codec::XmlDocument> read_reply(const http::Response& response, std::string_view action) {
  return service::read_xml(response, fmt::format("{}Response", action));
}

Result<codec::XmlDocument> read_done(const http::Response& response, std::string_view action) {
  auto document = read_reply(response, action);
  if (!document || service::text_of(document->root().child("return")) == "true") return document;
  return service::unexpected_reply("it does not say that it was done", response);
}

Status read_return(const http::Response& response, std::string_view action) {
  return core::without_value(read_done(response, action));
}

}  // namespace cloudkit::inline v0::aws::ec2
