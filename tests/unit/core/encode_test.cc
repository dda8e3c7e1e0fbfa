#include "core/encode.h"

#include <doctest/doctest.h>

using namespace cloudkit;
using core::Slash;

TEST_CASE("percent encoding keeps exactly the unreserved bytes") {
  CHECK(core::percent_encode("AZaz09-._~", Slash::encode) == "AZaz09-._~");
  CHECK(core::percent_encode(" +%*'()!;=&?#\\", Slash::encode) == "%20%2B%25%2A%27%28%29%21%3B%3D%26%3F%23%5C");
  CHECK(core::percent_encode("\xC3\xBC\x01\x7F", Slash::encode) == "%C3%BC%01%7F");
}

TEST_CASE("a slash is kept in paths and encoded elsewhere") {
  CHECK(core::percent_encode("/a//b/", Slash::keep) == "/a//b/");
  CHECK(core::percent_encode("/a", Slash::encode) == "%2Fa");
}

TEST_CASE("encoding into a buffer says when it does not fit") {
  char buffer[4];
  CHECK(core::percent_encode_into(buffer, "a b", Slash::keep) == std::nullopt);
  CHECK(core::percent_encode_into(buffer, " a", Slash::keep) == 4);
  CHECK(std::string_view(buffer, 4) == "%20a");
  CHECK(core::percent_encode_into({}, "", Slash::keep) == 0);
}

TEST_CASE("a header's name is made of the bytes that RFC 9110 calls a token, and of at least one") {
  CHECK(core::is_http_token("x-amz-meta-A1"));
  CHECK(core::is_http_token("!#$%&'*+-.^_`|~"));
  CHECK_FALSE(core::is_http_token(""));
  for (const std::string_view bad : {"a b", "a:", "a/b", "(a", "a\t", "\x7F", "\xC3\xA9"}) {
    CAPTURE(bad);
    CHECK_FALSE(core::is_http_token(bad));
  }
  CHECK_FALSE(core::is_http_token(std::string_view("a\0", 2)));
}

TEST_CASE("percent decoding undoes encoding and refuses what is not encoded") {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all.push_back(static_cast<char>(byte));
  CHECK(core::percent_decode(core::percent_encode(all, Slash::encode)) == all);
  CHECK(core::percent_decode("a+b") == "a+b");
  CHECK(core::percent_decode("a+b", true) == "a b");
  CHECK(core::percent_decode("plain+then%41%2B+", true) == "plain thenA+ ");
  for (const char* bad : {"%", "%2", "%zz", "a%2", "%%20"}) CHECK_FALSE(core::percent_decode(bad));
}

TEST_CASE("base64 of every length, and hostile text") {
  const std::pair<std::string, std::string> cases[] = {{"", ""},        {"f", "Zg=="},        {"fo", "Zm8="},
                                                       {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"\xFF\xFE", "//4="}};
  for (const auto& [plain, encoded] : cases) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(plain.data());
    CHECK(core::base64_encode({bytes, plain.size()}) == encoded);
    CHECK(core::base64_decode(encoded) == plain);
  }
  for (const char* bad : {"Z", "Zg", "Zg=", "Z===", "=g==", "Zg==Zg==", "Zm9v!m9v", "Zg\n="}) {
    CHECK_FALSE(core::base64_decode(bad));
  }
}

TEST_CASE("base64 for URLs has other letters and no padding") {
  CHECK(core::base64url_encode("").empty());
  CHECK(core::base64url_encode("f") == "Zg");
  CHECK(core::base64url_encode("fo") == "Zm8");
  CHECK(core::base64url_encode("foo") == "Zm9v");
  CHECK(core::base64url_encode("\xFF\xFE\xFB\xEF") == "__777w");
}

TEST_CASE("UTF-8 is checked strictly") {
  for (const char* good : {"", "a", "\xC3\xBC", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xF4\x8F\xBF\xBF"}) {
    CHECK(core::is_valid_utf8(good));
  }
  // Cut, stray, overlong, surrogate, above U+10FFFF.
  for (const char* bad :
       {"\xC3", "\x80", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF", "\xE2\x82"}) {
    CHECK_FALSE(core::is_valid_utf8(bad));
  }
}

TEST_CASE("numbers are digits only") {
  CHECK(core::parse_u64("0") == 0);
  CHECK(core::parse_u64("18446744073709551615") == UINT64_MAX);
  for (const char* bad : {"", "-1", "+1", " 1", "1 ", "1,1", "0x1", "18446744073709551616"})
    CHECK_FALSE(core::parse_u64(bad));
}

TEST_CASE("excerpts are short and printable") {
  CHECK(core::printable_excerpt("a\r\n\x1b[31m\xC3\xBC", 7) == "a???[31");
}

TEST_CASE("control characters are masked, C1 in UTF-8 too, and nothing else is") {
  struct {
    const char* text;
    const char* masked;
  } const cases[] = {
      {"", ""},
      {"a b/\xC3\xBC~", "a b/\xC3\xBC~"},
      {"\x01\n\x1F\x7F", "????"},
      {"\xC2\x80 \xC2\x9F", "? ?"},
      {"\xC2\xA0\xC3\x80\xE2\x82\x80", "\xC2\xA0\xC3\x80\xE2\x82\x80"},  // Not C1, though a byte is below A0.
      {"a\xC2", "a\xC2"},
      {"\xC2\xC2\x9B", "\xC2?"},
  };
  for (const auto& one : cases) {
    std::string text = one.text;
    core::mask_control_characters(text);
    CHECK(text == one.masked);
  }
}

TEST_CASE("a list grows an item at a time") {
  std::string list;
  core::append_listed(list, "a");
  CHECK(list == "a");
  core::append_listed(list, "b");
  core::append_listed(list, "");
  CHECK(list == "a, b, ");
}
