#pragma once

#include "tools/s3_server.h"

#include <ctime>
#include <nlohmann/json.hpp>

namespace test {

/// "Wed, 25 Nov 2026 18:00:00 GMT", so many seconds from now.
inline std::string http_date(long seconds_from_now = 0) {
  const std::time_t time = std::time(nullptr) + seconds_from_now;
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  char text[64];
  std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return text;
}

/// A home, an S3 server and an STS, none of which knows anything yet.
struct DoctorsHome : Program {
  faults::ScriptedServer s3;
  faults::ScriptedServer sts;
  nlohmann::json findings = {};  ///< Of the last `examine`.

  DoctorsHome() { s3.always(faults::reply(200, {}, "Date: " + http_date() + "\r\n")); }

  std::string endpoint() const { return "http://" + s3.host(); }
  std::string bucket(const std::string& more = {}) const { return "s3://reports?endpoint=" + endpoint() + more; }

  void keys() {
    set("AWS_ACCESS_KEY_ID=AKIDTOOL");
    set(std::string("AWS_SECRET_ACCESS_KEY=") + kSecret);
  }
  void sts_replies(const std::string& reply) {
    set("AWS_ENDPOINT_URL_STS=http://" + sts.host());
    sts.always(reply);
  }

  Outcome examine(const std::string& url, const Words& more = {}) {
    Words words{"doctor", url, "--json"};
    words.insert(words.end(), more.begin(), more.end());
    const auto outcome = run(words);
    CHECK_FALSE(contains(outcome.out + outcome.err, kSecret));
    findings = outcome.out.empty() ? nlohmann::json::object() : nlohmann::json::parse(outcome.out);
    return outcome;
  }

  /// "VERDICT TEXT", and the hint in a second line; "" when there is no such finding.
  std::string of(const std::string& topic) const {
    for (const auto& finding : findings.at("findings")) {
      if (finding["topic"] != topic) continue;
      std::string text = finding["verdict"].get<std::string>() + ' ' + finding["text"].get<std::string>();
      return finding.contains("hint") ? text + '\n' + finding["hint"].get<std::string>() : text;
    }
    return {};
  }
};

}  // namespace test
