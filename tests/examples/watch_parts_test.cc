#include "access_log.h"
#include "function_errors.h"
#include "printable.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

using namespace std::chrono_literals;

TEST_CASE("watch: of very many paths no more than 4096 are kept") {
  Top top;
  for (int i = 0; i < 100'000; ++i) {
    top.count("/once/" + std::to_string(i));
    if (i % 10 == 0) top.count("/often");
  }
  CHECK(top.largest(1'000'000).size() <= 4096);
  CHECK(top.largest(1).at(0).first == "/often");
}

TEST_CASE("watch: an endless line is not kept") {
  LogStatistics statistics;
  const std::string piece(1 << 20, 'x');
  for (int i = 0; i < 100; ++i) statistics.add(piece);
  CHECK(statistics.unfinished() == 100 * piece.size());
  CHECK(statistics.end_of_object(false));
  CHECK(statistics.hostile_lines == 1);
}

TEST_CASE("watch: a terminal obeys no C1 control, in two bytes or in one, and names keep their letters") {
  CHECK(printable("a\xc2\x9b"
                  "2Jb") == "a?2Jb");
  CHECK(printable("a\x9b"
                  "2J\x1b\x7f\n") == "a?2J???");
  CHECK(printable("\xe2\x82\xac \xc3\xa4 \xc2\xa0 \xf0\x9f\x98\x80") ==
        "\xe2\x82\xac \xc3\xa4 \xc2\xa0 \xf0\x9f\x98\x80");
  CHECK(printable("\xe2\x82") == "??");
  CHECK(printable("\xc3") == "?");
}

TEST_CASE("watch: an event that arrives after a newer one is told, and none twice") {
  FunctionErrors errors;
  const FunctionErrors::TimePoint start = FunctionErrors::TimePoint() + 1000h;
  const auto event = [&](std::chrono::milliseconds at, const std::string& text) {
    return cloudkit::LogEvent{start + at, text};
  };
  CHECK(errors.begin() == FunctionErrors::TimePoint());
  CHECK(errors.take(event(0ms, "ERROR old")));
  CHECK(errors.take(event(100s, "ERROR a")));
  CHECK(errors.take(event(100s, "ERROR a")));  // Twice in the log is two errors.
  CHECK_FALSE(errors.take(event(101s, "fine")));
  for (int round = 0; round < 3; ++round) {
    CHECK(errors.begin() <= start + 41s);
    CHECK_FALSE(errors.take(event(100s, "ERROR a")));
    CHECK_FALSE(errors.take(event(100s, "ERROR a")));
    CHECK(errors.take(event(50s, "ERROR late")) == (round == 0));
    CHECK(errors.take(event(100s, "ERROR a")) == (round == 0));
    if (round == 2) CHECK(errors.take(event(100s, "ERROR a")));
  }
  errors.begin();
  CHECK(errors.take(event(1000s, "ERROR b")));
  CHECK(errors.begin() == start + 940s);
}

TEST_CASE("watch: what is older than it begins is not asked for, later neither") {
  const FunctionErrors::TimePoint start = FunctionErrors::TimePoint() + 1000h;
  FunctionErrors errors(start);
  CHECK(errors.begin() == start);
  CHECK(errors.take({start + 10s, "ERROR a"}));
  CHECK(errors.begin() == start);
  CHECK_FALSE(errors.take({start + 10s, "ERROR a"}));
}
