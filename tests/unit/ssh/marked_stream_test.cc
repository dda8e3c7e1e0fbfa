#include "ssh/marked_stream.h"

#include <doctest/doctest.h>

#include <string>

using cloudkit::ssh::MarkedStream;

namespace {

MarkedStream fed(const std::string& text, std::size_t piece, std::size_t limit = 100) {
  MarkedStream stream("mark", limit);
  for (std::size_t at = 0; at < text.size(); at += piece) stream.take(std::string_view(text).substr(at, piece));
  stream.finish();
  return stream;
}

}  // namespace

TEST_CASE("what lies between the marks is the script's, however it arrives") {
  for (std::size_t piece = 1; piece < 60; ++piece) {
    auto stream = fed("Welcome!\nmark:begin\nline\nmark:en mark:begin\nmark:end:23\nafter", piece);
    CHECK(stream.ended());
    CHECK(stream.exit_code() == 23);
    CHECK(stream.before() == "Welcome!\n");
    CHECK(stream.take_text() == "line\nmark:en mark:begin\n");
    CHECK_FALSE(stream.truncated());
  }
}

TEST_CASE("without marks all is what came before; with the first one only, there is no end") {
  for (std::size_t piece = 1; piece < 20; ++piece) {
    const auto nothing = fed("ssh: refused\nmark:beg", piece);
    CHECK_FALSE(nothing.begun());
    CHECK(nothing.before() == "ssh: refused\nmark:beg");
    auto half = fed("mark:begin\nhalf of it mark:end:", piece);
    CHECK(half.begun());
    CHECK_FALSE(half.ended());
    CHECK(half.take_text() == "half of it mark:end:");
  }
}

TEST_CASE("only so much is kept, and that is said") {
  auto cut = fed("mark:begin\n" + std::string(101, 'x') + "mark:end:0\n", 7);
  CHECK(cut.ended());
  CHECK(cut.truncated());
  CHECK(cut.take_text() == std::string(100, 'x'));
  auto whole = fed("mark:begin\n" + std::string(100, 'x') + "mark:end:0\n", 7);
  CHECK_FALSE(whole.truncated());
  CHECK(fed(std::string(1 << 20, 'y'), 4096).before().size() == 64 << 10);
}
