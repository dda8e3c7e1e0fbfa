#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <optional>
#include <string>

namespace examples {

/// The moto that tests/servers/start has started, and the environment's variables that let one in.
struct Moto {
  std::string url;
  std::string key;
  std::string secret;

  std::string variables() const { return "AWS_ACCESS_KEY_ID=" + key + " AWS_SECRET_ACCESS_KEY=" + secret + " "; }
  std::string on(const std::string& region) const { return "aws://" + region + "?endpoint=" + url; }
};

/// Nothing, which is said, where there is none.
inline std::optional<Moto> find_moto() {
  const char* url = std::getenv("CLOUDKIT_TEST_MOTO_URL");
  const char* key = std::getenv("CLOUDKIT_TEST_MOTO_KEY");
  const char* secret = std::getenv("CLOUDKIT_TEST_MOTO_SECRET");
  if (url == nullptr || key == nullptr || secret == nullptr) {
    MESSAGE("skipped: CLOUDKIT_TEST_MOTO_URL is not set");
    return std::nullopt;
  }
  return Moto{url, key, secret};
}

}  // namespace examples
