#pragma once

#include <cloudkit/stack_file.h>

#include <doctest/doctest.h>

#include <string>
#include <utility>

/// Files of stacks, as texts.
namespace test {

inline cloudkit::StackFileOptions file_options() {
  cloudkit::StackFileOptions options;
  options.name = "example";
  options.read_environment = false;
  options.directory = "/configuration";
  return options;
}

inline cloudkit::StackFile parse(std::string_view text, const cloudkit::StackFileOptions& options = file_options()) {
  auto file = cloudkit::parse_stack_file(text, "main.tf.json", options);
  REQUIRE_MESSAGE(file.has_value(), file.error().to_string());
  return *std::move(file);
}

/// "MESSAGE\nHINT"
inline std::string problem_of(std::string_view text, const cloudkit::StackFileOptions& options = file_options()) {
  const auto file = cloudkit::parse_stack_file(text, "main.tf.json", options);
  if (file) return "no error";
  CHECK(file.error().code == cloudkit::ErrorCode::invalid_argument);
  return file.error().message + '\n' + file.error().hint;
}

/// A file with one resource "it" of a type.
inline std::string resource(const std::string& type, const std::string& attributes) {
  return R"({"resource": {")" + type + R"(": {"it": {)" + attributes + "}}}}";
}

template <class Spec>
Spec spec_of(const std::string& type, const std::string& attributes) {
  const auto file = parse(resource(type, attributes));
  REQUIRE(file.stack.resources().size() == 1);
  REQUIRE(std::holds_alternative<Spec>(file.stack.resources()[0].spec));
  return std::get<Spec>(file.stack.resources()[0].spec);
}

}  // namespace test
