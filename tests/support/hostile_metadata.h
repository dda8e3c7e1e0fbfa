#pragma once

#include <string>
#include <vector>

/// A row of tests/data/hostile/metadata.json: one name with one value.
struct HostileMetadata {
  std::string label;  ///< For messages: "value 6", "name 3".
  std::string name;
  std::string value;
  bool accepted = false;  ///< Else refused before any request.
};

std::vector<HostileMetadata> hostile_metadata();
