#include "nearest.h"

#include <algorithm>
#include <cstddef>

namespace cloudkit::tool {
namespace {

// How many letters must be changed, added, left out or swapped with the next one: the optimal string alignment
// distance.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> rows(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        rows[i][j] = i + j;
        continue;
      }
      rows[i][j] =
          std::min({rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        rows[i][j] = std::min(rows[i][j], rows[i - 2][j - 2] + 1);
      }
    }
  }
  return rows[a.size()][b.size()];
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& known) {
  constexpr std::size_t kLongest = 64;
  if (word.size() > kLongest) return {};
  std::string best;
  std::size_t least = std::max<std::size_t>(1, word.size() / 4) + 1;
  for (const std::string& one : known) {
    const std::size_t size = std::max(word.size(), one.size());
    // Of a word of two letters nothing is left when both are wrong.
    const std::size_t found = distance(word, one);
    if (found >= least || found * 2 > size) continue;
    least = found;
    best = one;
  }
  return best;
}

}  // namespace cloudkit::tool
