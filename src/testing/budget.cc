#include "testing/suite.h"

#include <algorithm>

/// What an operation may cost: requests and file descriptors.
namespace cloudkit::inline v0::testing {
namespace {

void one_of_everything(const Case& c) {
  const ScratchDirectory scratch;
  write_file(c, scratch.file("in"), pattern(100'000));
  c.expect_ok(c.bucket().put("d/k", File{scratch.file("in")}), "put");
  c.expect_content("d/k", pattern(100'000));
  c.expect_ok(c.bucket().download("d/k", File{scratch.file("out")}), "download");
  c.expect_ok(c.bucket().head("d/k"), "head");
  c.expect_ok(c.bucket().copy("d/k", "d/copy"), "copy");
  c.keys({.page_size = 1});
  c.expect_missing("no such key");
  c.expect_error(c.bucket().get("d/k", {.max_size = 10}), ErrorCode::invalid_argument, "get of too much");
  c.expect_ok(c.bucket().remove("d/k"), "remove");
  c.expect_ok(c.bucket().remove("d/copy"), "remove");
}

void descriptor_count_returns(const Case& c) {
  // The first rounds fill pools and caches, which are meant to stay.
  for (int i = 0; i < 2; ++i) one_of_everything(c);
  expect_descriptors_return(c, 0, [&] {
    for (int i = 0; i < c.scale(20, 5); ++i) one_of_everything(c);
  });
}

void request_budget(const Case& c) {
  if (!c.harness().request_count) c.skip("the harness has no request_count");
  const int keys = c.scale(2500, 120);
  const std::vector<std::string> names = fill(c, "k", keys);
  long last = 0;
  const auto start = [&] { last = c.harness().request_count(); };
  const auto expect_cost = [&](long cost, std::string_view what) {
    c.expect_equal(c.harness().request_count() - last, cost, "the requests of " + std::string(what));
  };
  start();
  c.put("small", "v");
  expect_cost(1, "a small put");
  start();
  c.expect_ok(c.bucket().get("small"), "get");
  expect_cost(1, "a get");
  start();
  c.expect_ok(c.bucket().get("small", {.range = ByteRange{0, 1}}), "get");
  expect_cost(1, "a get of a range");
  start();
  c.expect_ok(c.bucket().head("small"), "head");
  expect_cost(1, "a head");
  start();
  c.expect_ok(c.bucket().copy("small", "copy"), "copy");
  // Some services say nothing of what they copied: a second request may ask.
  const long copy_cost = c.harness().request_count() - last;
  c.expect(copy_cost <= 2, "a copy should cost at most 2 requests, it cost " + std::to_string(copy_cost));
  start();
  c.expect_ok(c.bucket().remove("small"), "remove");
  expect_cost(1, "a remove");
  start();
  c.keys({.prefix = "k"});
  const long per_page = std::max(c.harness().keys_per_page, 1L);
  expect_cost((keys + per_page - 1) / per_page, "a list of " + std::to_string(keys) + " keys");
  start();
  c.expect_equal(c.bucket().remove_many(names).removed, names.size(), "the number of removed keys");
  const std::size_t at_once = std::max<std::size_t>(c.can().max_remove_many, 1);  // As the handle does.
  expect_cost(static_cast<long>((names.size() + at_once - 1) / at_once),
              "a removal of " + std::to_string(keys) + " keys");
}

}  // namespace

CaseList budget_cases() {
  static constexpr CaseEntry kCases[] = {
      {"descriptor_count_returns", descriptor_count_returns},
      {"request_budget", request_budget},
  };
  return kCases;
}

}  // namespace cloudkit::inline v0::testing
