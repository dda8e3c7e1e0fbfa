#include "stack/graph.h"

#include "core/fail.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace cloudkit::inline v0::stack {
namespace {

using Cycle = std::vector<std::string>;

// Depth first, on a stack of its own: a file may hold a longer chain than a thread's stack has room for.
class Walk {
 public:
  explicit Walk(const Needs& needs) : needs_(needs) {}

  /// Everything from here on, or up to the first cycle: those that it leads through, each of which needs the next one.
  std::optional<Cycle> visit(const std::string& address) {
    enter(needs_.find(address));
    while (!way_.empty()) {
      Stop& here = way_.back();
      const auto& [from, needed] = *here.at;
      if (here.next == needed.size()) {
        is_done_[from] = true;
        order_.push_back(from);
        way_.pop_back();
        continue;
      }
      const std::string& to = needed[here.next++];
      const auto seen = is_done_.find(to);
      if (seen == is_done_.end()) {
        enter(needs_.find(to));
      } else if (!seen->second) {
        return cycle(to);
      }
    }
    return std::nullopt;
  }

  bool knows(const std::string& address) const { return is_done_.contains(address); }
  std::vector<std::string> order() && { return std::move(order_); }

 private:
  // The way that has come back to here.
  Cycle cycle(const std::string& begin) const {
    Cycle all;
    for (const Stop& stop : way_) {
      if (!all.empty() || stop.at->first == begin) all.push_back(stop.at->first);
    }
    return all;
  }

  struct Stop {
    Needs::const_iterator at;
    std::size_t next = 0;
  };

  void enter(Needs::const_iterator at) {
    if (at == needs_.end()) return;
    is_done_[at->first] = false;
    way_.push_back({at});
  }

  const Needs& needs_;
  std::map<std::string, bool> is_done_;
  std::vector<Stop> way_;
  std::vector<std::string> order_;
};

}  // namespace

Result<std::vector<std::string>> in_order(const Needs& needs) {
  Walk walk(needs);
  for (const auto& [address, needed] : needs) {
    if (walk.knows(address)) continue;
    if (const auto cycle = walk.visit(address)) {
      std::string way;
      for (const std::string& each : *cycle) way += each + " -> ";
      return core::invalid_argument("resources need each other: " + way + cycle->front(),
                                    "one of these must do without the other's outputs");
    }
  }
  return std::move(walk).order();
}

std::vector<std::string> find_cycle(const Needs& needs) {
  Walk walk(needs);
  for (const auto& [address, needed] : needs) {
    if (walk.knows(address)) continue;
    if (auto cycle = walk.visit(address)) return *std::move(cycle);
  }
  return {};
}

void break_cycles(Needs& needs) {
  for (auto at = needs.begin(); at != needs.end();) {
    if (const auto cycle = Walk(needs).visit(at->first)) {
      for (std::size_t i = 0; i < cycle->size(); ++i) {
        std::erase(needs[cycle->at(i)], cycle->at((i + 1) % cycle->size()));
      }
    } else {
      ++at;
    }
  }
}

}  // namespace cloudkit::inline v0::stack
