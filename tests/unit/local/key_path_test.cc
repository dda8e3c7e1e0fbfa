#include "local/key_path.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;

TEST_CASE("a key is a path of plain names") {
  for (const char* key : {"a", "a/b/c", ".hidden/x", "...", "a..b", "..a", "with space", "\\", "a\nb", "\xC3\xA4"}) {
    CAPTURE(key);
    CHECK(local::check_key(key).has_value());
  }
  CHECK(local::check_key(std::string(255, 'x') + "/y").has_value());
}

TEST_CASE("what cannot be a path below the bucket is refused before any I/O") {
  const std::string segments = "a file cannot hold a key that begins or ends with '/' or holds '//'";
  for (const char* key : {"/", "/a", "a/", "a//b"}) CHECK(local::check_key(key).error().message == segments);
  for (const char* key : {"..", ".", "../a", "a/..", "a/./b", "a/../../b"}) {
    CAPTURE(key);
    CHECK(local::check_key(key).error().code == ErrorCode::invalid_argument);
  }
  CHECK(local::check_key("").error().message == "the key is empty");
  CHECK(local::check_key(std::string("a\0b", 3)).error().message == "the key holds a NUL byte");
  CHECK(local::check_key(std::string(256, 'x')).error().message ==
        "the key has 256 bytes between two '/', and a file's name holds 255");
  CHECK(local::check_key("a/.ck-tmp-1/b").error().message ==
        "the name \".ck-tmp-1\" is reserved: it begins with \".ck-\"");
  std::string longest(4000, 'x');
  for (std::size_t i = 200; i + 1 < longest.size(); i += 199) longest[i] = '/';
  CHECK(local::check_key(longest).has_value());
  CHECK(local::check_key(longest + "x").error().message == "the key has 4001 bytes, and a path holds 4000");
}
