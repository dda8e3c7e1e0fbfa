#pragma once

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>

inline std::string bytes_of_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

/// What a check value of tests/data/checksums.json is of.
inline std::string input_of(const nlohmann::json& test) {
  const auto& input = test.at("input");
  const std::size_t length = test.at("length");
  if (input.contains("utf8")) return input.at("utf8");
  if (input.contains("hex")) return bytes_of_hex(input.at("hex"));
  if (input.contains("repeat_hex")) return std::string(length, bytes_of_hex(input.at("repeat_hex")).front());
  REQUIRE(input.at("formula") == "byte i = (7*i) mod 256");
  std::string bytes(length, '\0');
  for (std::size_t i = 0; i < length; ++i) bytes[i] = static_cast<char>(7 * i);
  return bytes;
}
