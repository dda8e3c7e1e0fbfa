#pragma once

#include "output.h"

#include <string>
#include <vector>

namespace cloudkit::tool {

/// What was found of one thing.
struct Row {
  std::string mark = {};  ///< "ok", "refused"
  std::string name = {};
  std::string text = {};
  std::string hint = {};  ///< A line of its own.
};

/// In columns, the first one `mark_width` wide.
void print_rows(Output& out, std::size_t mark_width, const std::vector<Row>& rows);

}  // namespace cloudkit::tool
