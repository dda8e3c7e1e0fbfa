#include "rows.h"

#include "format.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::tool {

void print_rows(Output& out, std::size_t mark_width, const std::vector<Row>& rows) {
  std::size_t width = 0;
  for (const Row& row : rows) width = std::max(width, row.name.size());
  for (const Row& row : rows) {
    std::string line =
        fmt::format("{:{}}  {:{}}  {}", row.mark, mark_width, printable(row.name), width, printable(row.text));
    line.erase(line.find_last_not_of(' ') + 1);
    out.line(line);
    if (!row.hint.empty()) {
      out.line(fmt::format("{:{}}  {:{}}  hint: {}", "", mark_width, "", width, printable(row.hint)));
    }
  }
}

}  // namespace cloudkit::tool
