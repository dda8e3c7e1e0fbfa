#include "testing/suite.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <functional>
#include <memory>
#include <mutex>

/// Many threads and one bucket.
namespace cloudkit::inline v0::testing {
namespace {

constexpr std::size_t kLarge = 200'000;

// One letter all over, so that a mixture of two is seen.
std::string letters(int number) {
  return std::string(kLarge + static_cast<std::size_t>(number), static_cast<char>('a' + number));
}

bool is_one_of(const std::string& data, int count) {
  for (int i = 0; i < count; ++i) {
    if (data == letters(i)) return true;
  }
  return false;
}

void put_overwrite_is_atomic(const Case& c) {
  constexpr int kContents = 5;
  constexpr int kReaders = 3;
  const int rounds = c.scale(60, 10);
  c.put("k", letters(0));
  std::atomic<bool> done = false;
  in_threads(1 + kReaders, [&](int thread) {
    if (thread == 0) {
      struct SetDone {
        std::atomic<bool>& done;
        ~SetDone() { done = true; }
      } const at_end{done};
      for (int i = 1; i <= rounds; ++i) c.put("k", letters(i % kContents));
      return;
    }
    do {
      const Object seen = c.expect_ok(c.bucket().get("k"), "get while the object is being replaced");
      c.expect_equal(seen.data.size(), seen.info.size, "the size of what was read, compared with its info");
      c.expect(is_one_of(seen.data, kContents), "a reader should see one content whole, not a mixture");
    } while (!done);
  });
}

void concurrent_put_same_key_one_wins_whole(const Case& c) {
  constexpr int kWriters = 8;
  in_threads(kWriters, [&](int thread) { c.put("k", letters(thread)); });
  const Object winner = c.expect_ok(c.bucket().get("k"), "get");
  c.expect(is_one_of(winner.data, kWriters), "the object should be what one of the writers wrote, whole");
  c.expect_equal(c.expect_ok(c.bucket().head("k"), "head").token, winner.info.token, "the token by head");
  c.expect_keys({}, {"k"}, "the keys afterwards");
}

void concurrent_distinct_puts_64(const Case& c) {
  const int count = c.scale(64, 16);
  in_threads(count, [&](int i) { c.put("k" + std::to_string(i), pattern(5000, static_cast<unsigned>(i))); });
  for (int i = 0; i < count; ++i) c.expect_content("k" + std::to_string(i), pattern(5000, static_cast<unsigned>(i)));
  c.expect_equal(c.keys().size(), static_cast<std::size_t>(count), "how many keys there are afterwards");
}

void handle_outlives_options_and_is_copyable_across_threads(const Case& c) {
  auto first = std::make_unique<Bucket>(c.bucket());
  const Bucket copy = *first;
  first.reset();
  in_threads(8, [&](int thread) {
    const Bucket own = copy;  // NOLINT(performance-unnecessary-copy-initialization): copying is the point
    const std::string key = "k" + std::to_string(thread);
    {
      auto options = std::make_unique<PutOptions>();
      options->metadata = {{"thread", std::to_string(thread)}};
      c.expect_ok(own.put(key, "v", *options), "put by a copied handle");
    }
    c.expect_equal(c.expect_ok(own.head(key), "head by a copied handle").metadata.at("thread"), std::to_string(thread),
                   "the metadata");
  });
}

void parallel_reads_equal_serial(const Case& c) {
  const std::string data = pattern(400'000);
  c.put("k", data);
  constexpr int kReaders = 8;
  const std::size_t step = data.size() / kReaders;
  std::string whole(data.size(), '\0');
  in_threads(kReaders, [&](int thread) {
    const std::size_t offset = step * static_cast<std::size_t>(thread);
    const std::size_t count =
        c.expect_ok(c.bucket().read_at("k", offset, std::span(whole.data() + offset, step)), "read_at");
    c.expect_equal(count, step, "how many bytes read_at returned");
  });
  c.expect(whole == data, "the parts put together: " + show_difference(whole, data));
}

// Of `racers` who all try the same, that one who succeeds: the others are refused.
int only_winner(const Case& c, int racers, const std::function<Status(int)>& attempt) {
  std::mutex mutex;
  std::vector<int> winners;
  in_threads(racers, [&](int racer) {
    if (const Status done = attempt(racer); !done) {
      c.expect_error(done, ErrorCode::precondition_failed, "the attempt of a racer who came second");
      return;
    }
    const std::lock_guard lock(mutex);
    winners.push_back(racer);
  });
  c.expect_equal(winners.size(), 1U, "how many of the racers believe that they won");
  return winners.front();
}

std::string name_of(int racer) { return "racer " + std::to_string(racer); }

void race_32_absent_exactly_one_winner(const Case& c) {
  c.needs(c.can().put_if_absent, "put_if_absent");
  const int winner = only_winner(c, c.scale(32, 8), [&](int racer) -> Status {
    const auto put = c.bucket().put("lock", name_of(racer), {.condition = Condition::absent()});
    return put ? Status() : put.error();
  });
  c.expect_content("lock", name_of(winner));
}

void race_of_copies_exactly_one_winner(const Case& c) {
  c.needs(c.can().copy_if_absent, "copy_if_absent");
  const int racers = c.scale(16, 6);
  for (int racer = 0; racer < racers; ++racer) c.put(name_of(racer), name_of(racer));
  const int winner = only_winner(c, racers, [&](int racer) -> Status {
    const auto copied = c.bucket().copy(name_of(racer), "lock", {.condition = Condition::absent()});
    return copied ? Status() : copied.error();
  });
  c.expect_content("lock", name_of(winner));
}

void race_of_removals_exactly_one_winner(const Case& c) {
  c.needs(c.can().remove_if_match, "remove_if_match");
  const Condition mine = Condition::match(c.put("lock", "held").token);
  only_winner(c, c.scale(16, 6), [&](int) { return c.bucket().remove("lock", {.condition = mine}); });
  c.expect_missing("lock");
}

int parse_number(const Case& c, const std::string& text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  c.expect(error == std::errc() && end == text.data() + text.size(),
           "the counter should be a number, it is " + show(text));
  return value;
}

void cas_counter_8x25_increments(const Case& c) {
  c.needs(c.can().put_if_match, "put_if_match");
  constexpr int kThreads = 8;
  const int increments = c.scale(25, 5);
  c.put("counter", "0");
  std::atomic<int> uncertain = 0;
  in_threads(kThreads, [&](int) {
    int refused = 0;
    for (int done = 0; done < increments;) {
      const Object seen = c.expect_ok(c.bucket().get("counter"), "reading the counter");
      const auto put = c.bucket().put("counter", std::to_string(parse_number(c, seen.data) + 1),
                                      {.condition = Condition::match(seen.info.token)});
      if (put) {
        ++done;
        continue;
      }
      const Error error = c.expect_error(put, ErrorCode::precondition_failed, "the increment of one who came second");
      // Its reply was lost, and by then another increment stood on it, or in its place.
      if (error.may_have_happened) ++uncertain;
      // Each refusal means that another one has succeeded since the read.
      c.expect(++refused <= kThreads * increments, "more increments were refused than were made");
    }
  });
  const int least = kThreads * increments;
  if (uncertain == 0) {
    c.expect_content("counter", std::to_string(least));
  } else {
    const int counted = parse_number(c, c.expect_ok(c.bucket().get("counter"), "reading the counter").data);
    c.expect(counted >= least && counted <= least + uncertain, "the counter should count each increment once");
  }
}

}  // namespace

CaseList concurrency_cases() {
  static constexpr CaseEntry kCases[] = {
      {"put_overwrite_is_atomic", put_overwrite_is_atomic},
      {"concurrent_put_same_key_one_wins_whole", concurrent_put_same_key_one_wins_whole},
      {"concurrent_distinct_puts_64", concurrent_distinct_puts_64},
      {"handle_outlives_options_and_is_copyable_across_threads",
       handle_outlives_options_and_is_copyable_across_threads},
      {"parallel_reads_equal_serial", parallel_reads_equal_serial},
      {"race_32_absent_exactly_one_winner", race_32_absent_exactly_one_winner},
      {"race_of_copies_exactly_one_winner", race_of_copies_exactly_one_winner},
      {"race_of_removals_exactly_one_winner", race_of_removals_exactly_one_winner},
      {"cas_counter_8x25_increments", cas_counter_8x25_increments},
  };
  return kCases;
}

}  // namespace cloudkit::inline v0::testing
