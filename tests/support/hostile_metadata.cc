#include "support/hostile_metadata.h"

#include "support/test_data.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace {

// The list says of values: "CR, LF, NUL and other controls except inner tab" are refused. So is what HTTP
// does not carry: text beyond ASCII, white space at the ends; and what S3 does not take: more than 2 KiB.
bool is_accepted_value(const std::string& value) {
  const bool plain = std::all_of(value.begin(), value.end(), [](char c) { return c == '\t' || (c >= 32 && c < 127); });
  const bool trimmed = value.empty() || (value.front() != ' ' && value.back() != ' ');
  return plain && trimmed && value.size() <= 2047;
}

bool is_accepted_name(const std::string& name) {
  return !name.empty() && name.find_first_of(" :\r\n\xC3") == std::string::npos;
}

}  // namespace

std::vector<HostileMetadata> hostile_metadata() {
  const auto data = nlohmann::json::parse(read_test_data("hostile/metadata.json"));
  std::vector<HostileMetadata> rows;
  for (const std::string value : data.at("values")) {
    rows.push_back({"value " + std::to_string(rows.size()), "n", value, is_accepted_value(value)});
  }
  const std::size_t values = rows.size();
  for (const std::string name : data.at("names")) {
    rows.push_back({"name " + std::to_string(rows.size() - values), name, "v", is_accepted_name(name)});
  }
  return rows;
}
