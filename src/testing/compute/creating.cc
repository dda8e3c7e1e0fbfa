#include "testing/compute/suite.h"

#include <algorithm>

/// What creating makes, and what getting and listing say of it.
namespace cloudkit::inline v0::testing::machines {
namespace {

void create_wait_running_get(const ComputeCase& c) {
  const InstanceSpec spec = c.spec();
  const Instance made = c.create(spec);
  const Instance running = c.wait_until(made.id, InstanceState::running);
  c.expect_equal(running.id, made.id, "the id after the wait");
  const Instance got = c.expect_ok(c.compute().get(made.id), "getting it");
  c.expect(got.state == InstanceState::running, "it should be running, not " + std::string(to_string(got.state)));
  c.expect_equal(got.name, spec.name, "its name");
  c.expect_equal(got.type, spec.type, "its type");
  c.expect(!got.image.empty(), "it should say which image it has");
  c.expect_equal(c.expect_ok(c.compute().find(spec.name), "finding it by its name").id, made.id, "what is found");
}

void create_same_token_same_id(const ComputeCase& c) {
  InstanceSpec spec = c.spec();
  spec.token = "ck-token-" + c.create(c.spec("other")).id;
  const Instance first = c.create(spec);
  const Instance second = c.create(spec);
  c.expect_equal(second.id, first.id, "the id of what the same token made");
  spec.token.clear();
  spec.name = c.name("third");
  c.expect(c.create(spec).id != first.id, "without a token another machine should be made");
}

void token_other_params_conflict(const ComputeCase& c) {
  InstanceSpec spec = c.spec();
  spec.token = "ck-token-" + c.create(c.spec("other")).id;
  c.create(spec);
  spec.name = c.name("renamed");
  c.expect_error(c.try_create(spec), ErrorCode::conflict, "creating another machine with the same token");
}

void get_missing_not_found(const ComputeCase& c) {
  const std::string& id = c.harness().missing_id;
  const Error error = c.expect_error(c.compute().get(id), ErrorCode::not_found, "getting a missing machine");
  c.expect(error.to_string().find(id) != std::string::npos, "the error should name the machine: " + show(error));
  c.expect_equal(error.operation, "get", "the operation that the error names");
  c.expect_error(c.compute().wait_until(id, InstanceState::running), ErrorCode::not_found, "waiting for a missing one");
  c.expect_error(c.compute().find(c.name("none")), ErrorCode::not_found, "finding a missing machine");
  for (const char* wrong : {"", "a b", "-rf", "a\nb"}) {
    c.expect_error(c.compute().get(wrong), ErrorCode::invalid_argument, "getting " + show(wrong));
  }
}

void visible_late_is_retried(const ComputeCase& c) {
  c.needs_delay();
  ComputeDelays delays;
  delays.late_looks = 3;
  delays.pending_looks = 2;
  c.harness().delay(delays);
  const Instance made = c.create(c.spec());
  c.expect_equal(c.expect_ok(c.compute().get(made.id), "getting what is seen late").id, made.id, "its id");
  c.harness().delay(delays);
  const Instance other = c.create_running(c.spec("other"));
  c.expect(other.state == InstanceState::running, "a machine that is seen late should be waited for");
}

std::vector<std::string> ids_of(std::vector<Instance> instances) {
  std::vector<std::string> ids;
  ids.reserve(instances.size());
  for (Instance& instance : instances) ids.push_back(std::move(instance.id));
  std::sort(ids.begin(), ids.end());
  return ids;
}

// Of the machines of this case, in the order of their ids.
std::vector<std::string> list(const ComputeCase& c, const InstanceFilter& filter, std::string_view what) {
  auto found = c.expect_ok(c.compute().list(filter), what);
  std::erase_if(found, [&](const Instance& instance) {
    return !instance.name.starts_with(c.harness().prefix + "page-") || instance.state == InstanceState::terminated;
  });
  return ids_of(std::move(found));
}

void list_pages_and_filters(const ComputeCase& c) {
  const bool tags = c.can().tags;
  std::vector<std::string> all;
  std::vector<std::string> even;
  std::string last;
  for (int i = 0; i < c.scale(7, 3); ++i) {
    InstanceSpec spec = c.spec("page-" + std::to_string(i));
    if (tags) spec.tags = {{"ck-half", i % 2 == 0 ? "even" : "odd"}, {"ck-case", c.name("list")}};
    all.push_back(c.create_running(spec).id);
    last = spec.name;
    if (i % 2 == 0) even.push_back(all.back());
  }
  const std::string last_id = all.back();
  std::sort(all.begin(), all.end());
  std::sort(even.begin(), even.end());
  c.expect_equal(list(c, {}, "listing"), all, "the machines that are listed, each once");
  InstanceFilter filter;
  filter.name = last;
  c.expect_equal(list(c, filter, "listing by name"), std::vector<std::string>{last_id}, "what has the name");
  filter = {};
  filter.ids = {all.front(), all.back()};
  c.expect_equal(list(c, filter, "listing by ids"), filter.ids, "what has the ids");
  filter = {};
  filter.states = {InstanceState::running, InstanceState::pending};
  c.expect_equal(list(c, filter, "listing by states"), all, "what is running or pending");
  filter.states = {InstanceState::stopped, InstanceState::stopping};
  c.expect_equal(list(c, filter, "listing by other states"), std::vector<std::string>(), "what is stopped or stopping");
  if (!tags) return;
  filter = {};
  filter.tags = {{"ck-half", "even"}, {"ck-case", c.name("list")}};
  // Services find by tags a little later than by ids.
  (void)c.soon([&] { return list(c, filter, "listing by tags") == even; });
  c.expect_equal(list(c, filter, "listing by tags"), even, "what has both tags");
}

void tags_set_at_create(const ComputeCase& c) {
  c.needs(c.can().tags, "tags");
  InstanceSpec spec = c.spec();
  spec.tags = {{"ck-team", "a & b <c>"}, {"ck-empty", ""}, {"ck-\xC3\xA4", "\xE2\x82\xAC"}};
  const Instance made = c.create_running(spec);
  const auto expect_tag = [&](const Instance& got, const char* name, const char* value) {
    const auto found = got.tags.find(name);
    c.expect(found != got.tags.end(), "there should be a tag " + show(name));
    c.expect_equal(found->second, value, "the tag " + show(name));
  };
  for (const auto& [name, value] : spec.tags) expect_tag(made, name.c_str(), value.c_str());
  c.expect_ok(c.compute().set_tags(made.id, {{"ck-team", "changed"}, {"ck-new", "1"}}), "changing tags");
  c.expect_ok(c.compute().remove_tags(made.id, {"ck-empty", "ck-none"}), "removing tags");
  const Instance changed = c.expect_ok(c.compute().get(made.id), "getting it");
  expect_tag(changed, "ck-team", "changed");
  expect_tag(changed, "ck-new", "1");
  expect_tag(changed, "ck-\xC3\xA4", "\xE2\x82\xAC");
  c.expect(!changed.tags.contains("ck-empty"), "a tag that was removed should be gone");
  spec = c.spec("refused");
  spec.tags = {{"aws:mine", "1"}};
  c.expect_error(c.try_create(spec), ErrorCode::invalid_argument, "creating with a tag that begins with aws:");
}

constexpr ComputeCaseEntry kCreationCases[] = {
    {"create_wait_running_get", create_wait_running_get},
    {"create_same_token_same_id", create_same_token_same_id},
    {"token_other_params_conflict", token_other_params_conflict},
    {"get_missing_not_found", get_missing_not_found},
    {"visible_late_is_retried", visible_late_is_retried},
    {"list_pages_and_filters", list_pages_and_filters},
    {"tags_set_at_create", tags_set_at_create},
};

}  // namespace

ComputeCaseList creation_cases() { return kCreationCases; }

}  // namespace cloudkit::inline v0::testing::machines
