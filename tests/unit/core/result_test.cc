#include <cloudkit/bytes.h>
#include <cloudkit/result.h>

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

using namespace cloudkit;

namespace {
Error some_error() {
  Error error;
  error.code = ErrorCode::not_found;
  error.message = "gone";
  return error;
}
}  // namespace

TEST_CASE("a result holds a value or an error") {
  Result<std::string> good = "text";
  REQUIRE(good);
  CHECK(*good == "text");
  CHECK(good->size() == 4);
  Result<std::string> bad = some_error();
  REQUIRE_FALSE(bad);
  CHECK(bad.error().code == ErrorCode::not_found);
  CHECK(bad.value_or("else") == "else");
}

TEST_CASE("value() throws the error, whose text is the exception's") {
  const Result<int> bad = some_error();
  CHECK_THROWS_AS(bad.value(), Exception);
  try {
    bad.value();
  } catch (const std::exception& exception) {
    CHECK(std::string(exception.what()) == "not_found: gone");
  }
  CHECK_THROWS_AS(Status(some_error()).value(), Exception);
  CHECK_NOTHROW(Status().value());
}

TEST_CASE("value() of a temporary is a value, so a loop over it is safe") {
  const auto make = [] { return Result<std::vector<int>>(std::vector<int>{1, 2, 3}); };
  int sum = 0;
  for (const int i : make().value()) sum += i;
  CHECK(sum == 6);
}

TEST_CASE("results hold what can only be moved") {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
  CHECK(*std::move(result).value() == 7);
}

TEST_CASE("and_then and map go on after success only") {
  const auto half = [](int i) -> Result<int> { return i % 2 == 0 ? Result<int>(i / 2) : Result<int>(some_error()); };
  CHECK(Result<int>(8).and_then(half).and_then(half).value() == 2);
  CHECK_FALSE(Result<int>(6).and_then(half).and_then(half));
  CHECK(Result<int>(6).map([](int i) { return std::to_string(i); }).value() == "6");
  const Status done = Result<int>(6).map([](int) {});
  CHECK(done);
}

TEST_CASE("bytes are a view of literals, strings and contiguous bytes") {
  CHECK(Bytes("abc").view() == "abc");
  CHECK(Bytes("a\0b").size() == 3);
  constexpr char blob[3] = {'a', 'b', 'c'};
  CHECK(Bytes(blob).size() == 3);
  CHECK(Bytes(std::string("abc")).size() == 3);
  CHECK(Bytes(std::vector<std::uint8_t>{1, 2}).size() == 2);
  CHECK(Bytes(std::array<std::byte, 4>{}).size() == 4);
  CHECK(Bytes().empty());
  const char* const pointer = "abc";
  CHECK(Bytes(pointer, 2).view() == "ab");
}

// A failure must not become a value on its way through another Result.
static_assert(!std::is_constructible_v<Result<bool>, Status>);
static_assert(!std::is_constructible_v<Result<bool>, Result<int>>);
static_assert(!std::is_constructible_v<Result<std::vector<int>>, int>);
static_assert(!std::is_constructible_v<Result<std::unique_ptr<int>>, int*>);
static_assert(std::is_constructible_v<Result<bool>, bool>);
// Whether there was an answer must not be taken for the answer.
static_assert(!std::is_constructible_v<bool, Result<bool>> && std::is_constructible_v<bool, Result<int>>);
static_assert(std::is_constructible_v<Result<std::string>, const char*>);

// A buffer does not say how much of it is filled.
static_assert(!std::is_constructible_v<Bytes, char (&)[8]>);
static_assert(!std::is_constructible_v<Bytes, std::vector<int>>);
