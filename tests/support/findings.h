#pragma once

#include <cloudkit/finding.h>

#include <fmt/format.h>

#include <string>
#include <vector>

namespace test {

/// "TOPIC: VERDICT TEXT" a line, but for what this machine and the time decide.
inline std::string text_of(const std::vector<cloudkit::Finding>& findings) {
  std::string out;
  for (const cloudkit::Finding& finding : findings) {
    const bool varies = finding.topic == "certificates" || finding.topic == "connection" || finding.topic == "proxy";
    if (varies && finding.verdict == cloudkit::Verdict::ok) continue;
    out += fmt::format("{}: {} {}\n", finding.topic, to_string(finding.verdict), finding.text);
    if (!finding.hint.empty()) out += fmt::format("  {}\n", finding.hint);
  }
  return out;
}

}  // namespace test
