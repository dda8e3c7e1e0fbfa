#include "core/pacing.h"

#include "core/address.h"
#include "core/shell.h"

#include <doctest/doctest.h>

using namespace cloudkit;
using namespace cloudkit::core;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

struct Time {
  Context::Clock::time_point now{};
  std::vector<long> waits = {};
  double jitter = 0;

  Timer timer() {
    return {[this] { return now; },
            [this](const Context& context, Duration duration) -> Status {
              if (auto going = context.check(); !going) return going;
              waits.push_back(static_cast<long>(std::chrono::duration_cast<milliseconds>(duration).count()));
              now += duration;
              return {};
            },
            [this] { return jitter; }};
  }
};

}  // namespace

TEST_CASE("waits double up to the longest, and the last one ends with the limit") {
  Time time;
  const Context context;
  Pacing pacing(time.timer(), context, seconds(20), seconds(1), seconds(5));
  while (!pacing.expired()) CHECK(pacing.pause());
  CHECK(time.waits == std::vector<long>{1000, 2000, 4000, 5000, 5000, 3000});
}

TEST_CASE("jitter takes up to a quarter off a wait, whatever it says") {
  Time time;
  const Context context;
  Pacing pacing(time.timer(), context, seconds(100), seconds(8), seconds(8));
  for (const double jitter : {0.0, 0.5, 1.0, 7.0, -7.0}) {
    time.jitter = jitter;
    CHECK(pacing.pause());
  }
  CHECK(time.waits == std::vector<long>{8000, 7000, 6000, 6000, 8000});
}

TEST_CASE("a limit longer than the clock reaches is none, and a context ends a wait") {
  Time time;
  const Context context = Context::cancellable();
  Pacing pacing(time.timer(), context, Duration::max(), seconds(1), seconds(1));
  CHECK(pacing.pause());
  context.cancel();
  const auto paused = pacing.pause();
  REQUIRE(!paused);
  CHECK(paused.error().code == ErrorCode::cancelled);
  CHECK(as_limit(seconds(-1)) == Duration::zero());
  CHECK(as_limit(seconds::max()) < Duration::max());
}

TEST_CASE("addresses are bytes, and their text is the usual one") {
  CHECK(address_bytes("10.0.0.1") == std::vector<unsigned char>{10, 0, 0, 1});
  for (const char* text : {"", "10.0.0", "10.0.0.256", "10.0.0.01x", "::g", "[::1]", "localhost", "1.2.3.4/8"}) {
    CHECK_MESSAGE(address_bytes(text).empty(), text);
  }
  CHECK(address_text(address_bytes("2001:DB8:0:0::1")) == "2001:db8::1");
  CHECK(address_text(address_bytes("0.0.0.0")) == "0.0.0.0");
  CHECK(address_text({1, 2, 3}).empty());
}

TEST_CASE("a shell takes any text for one word") {
  CHECK(shell_word("/a-b/c_d.e") == "/a-b/c_d.e");
  CHECK(shell_word("") == "''");
  CHECK(shell_word("it's $HOME") == "'it'\\''s $HOME'");
}
