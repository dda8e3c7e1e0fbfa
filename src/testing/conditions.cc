#include "testing/suite.h"

/// Conditions: honoured or refused, never dropped.
namespace cloudkit::inline v0::testing {
namespace {

PutOptions when(Condition condition) { return {.condition = std::move(condition)}; }

void absent_creates(const Case& c) {
  c.needs(c.can().put_if_absent, "put_if_absent");
  const ObjectInfo info = c.put("k", "v", when(Condition::absent()));
  c.expect_content("k", "v");
  c.expect_equal(c.expect_ok(c.bucket().head("k"), "head").token, info.token, "the token by head");
  c.expect_ok(c.bucket().remove("k"), "remove");
  c.put("k", "again", when(Condition::absent()));
  c.expect_content("k", "again");
}

void absent_on_existing(const Case& c) {
  c.needs(c.can().put_if_absent, "put_if_absent");
  const ObjectInfo old = c.put("k", "old");
  c.expect_error(c.bucket().put("k", "new", when(Condition::absent())), ErrorCode::precondition_failed,
                 "put with absent() over an object");
  c.expect_equal(c.expect_content("k", "old").info.token, old.token, "the token after a refused put");
  c.put("empty", "");
  c.expect_error(c.bucket().put("empty", "new", when(Condition::absent())), ErrorCode::precondition_failed,
                 "put with absent() over an empty object");
}

void match_current_ok(const Case& c) {
  c.needs(c.can().put_if_match, "put_if_match");
  const ObjectInfo first = c.put("k", "1");
  const ObjectInfo second = c.put("k", "2", when(Condition::match(first.token)));
  c.expect_content("k", "2");
  const ObjectInfo head = c.expect_ok(c.bucket().head("k"), "head");
  c.put("k", "3", when(Condition::match(head.token)));
  c.expect_content("k", "3");
  c.expect(second.token != first.token, "the token should change with the content");
}

void match_stale(const Case& c) {
  c.needs(c.can().put_if_match, "put_if_match");
  const ObjectInfo first = c.put("k", "1");
  const ObjectInfo second = c.put("k", "2");
  c.expect_error(c.bucket().put("k", "3", when(Condition::match(first.token))), ErrorCode::precondition_failed,
                 "put with match() of an old token");
  c.expect_error(c.bucket().put("k", "3", when(Condition::match("no-such-token"))), ErrorCode::precondition_failed,
                 "put with match() of a token that never was");
  // HTTP's wildcard is a token like any other here.
  c.expect_error(c.bucket().put("k", "3", when(Condition::match("*"))),
                 {ErrorCode::precondition_failed, ErrorCode::invalid_argument}, "put with match(\"*\")");
  c.expect_error(c.bucket().put("k", "3", when(Condition::match(""))),
                 {ErrorCode::precondition_failed, ErrorCode::invalid_argument}, "put with match() of an empty token");
  c.expect_equal(c.expect_content("k", "2").info.token, second.token, "the token after refused puts");
}

void match_on_missing(const Case& c) {
  c.needs(c.can().put_if_match, "put_if_match");
  const ObjectInfo gone = c.put("k", "v");
  c.expect_ok(c.bucket().remove("k"), "remove");
  c.expect_error(c.bucket().put("k", "new", when(Condition::match(gone.token))), ErrorCode::precondition_failed,
                 "put with match() where there is no object any more");
  c.expect_error(c.bucket().put("never", "new", when(Condition::match(gone.token))), ErrorCode::precondition_failed,
                 "put with match() where there never was an object");
  c.expect_keys({}, {}, "the keys after refused puts");
}

void get_if_none_match_current(const Case& c) {
  c.needs(c.can().conditional_get, "conditional_get");
  const ObjectInfo info = c.put("k", "v");
  c.expect_error(c.bucket().get("k", {.condition = Condition::not_match(info.token)}), ErrorCode::not_modified,
                 "get with not_match() of the current token");
  const ScratchDirectory scratch;
  c.expect_error(c.bucket().download("k", File{scratch.file("out")}, {.condition = Condition::not_match(info.token)}),
                 ErrorCode::not_modified, "download with not_match() of the current token");
  c.expect_equal(scratch.names(), std::vector<std::string>{}, "the files after a download that was not needed");
  c.put("k", "new");
  const Object changed = c.expect_ok(c.bucket().get("k", {.condition = Condition::not_match(info.token)}),
                                     "get with not_match() of an old token");
  c.expect_equal(changed.data, "new", "the content");
}

void get_if_match_stale(const Case& c) {
  c.needs(c.can().conditional_get, "conditional_get");
  const ObjectInfo old = c.put("k", "old");
  const Object same = c.expect_ok(c.bucket().get("k", {.condition = Condition::match(old.token)}),
                                  "get with match() of the current token");
  c.expect_equal(same.data, "old", "the content");
  c.put("k", "new");
  c.expect_error(c.bucket().get("k", {.condition = Condition::match(old.token)}), ErrorCode::precondition_failed,
                 "get with match() of an old token");
  c.expect_error(c.bucket().get("k", {.range = ByteRange{0, 1}, .condition = Condition::match(old.token)}),
                 ErrorCode::precondition_failed, "a range with match() of an old token");
  c.expect_ok(c.bucket().remove("k"), "remove");
  c.expect_error(c.bucket().get("k", {.condition = Condition::match(old.token)}),
                 {ErrorCode::not_found, ErrorCode::precondition_failed}, "get with match() of a removed object");
}

void get_if_changed_tells(const Case& c) {
  c.needs(c.can().conditional_get, "conditional_get");
  const ObjectInfo first = c.put("k", "1");
  c.expect(!c.expect_ok(c.bucket().get_if_changed("k", first.token), "get_if_changed").has_value(),
           "get_if_changed of an unchanged object should return nothing");
  c.put("k", "2");
  const auto changed = c.expect_ok(c.bucket().get_if_changed("k", first.token), "get_if_changed");
  c.expect(changed.has_value(), "get_if_changed of a changed object should return it");
  c.expect_equal(changed->data, "2", "the content");
  c.expect(!c.expect_ok(c.bucket().get_if_changed("k", changed->info.token), "get_if_changed").has_value(),
           "get_if_changed with the token that get returned should return nothing");
  c.expect_error(c.bucket().get_if_changed("no such key", first.token), ErrorCode::not_found,
                 "get_if_changed of a missing object");
}

void conditional_remove(const Case& c) {
  c.needs(c.can().remove_if_match, "remove_if_match");
  const ObjectInfo old = c.put("k", "old");
  const ObjectInfo current = c.put("k", "new");
  const auto remove = [&](const std::string& key, const std::string& token) {
    return c.bucket().remove(key, {.condition = Condition::match(token)});
  };
  c.expect_error(remove("k", old.token), ErrorCode::precondition_failed, "remove with match() of an old token");
  c.expect_content("k", "new");
  c.expect_ok(remove("k", current.token), "remove with match() of the current token");
  c.expect_missing("k");
  c.expect_error(remove("k", current.token), ErrorCode::precondition_failed,
                 "remove with match() where there is no object any more");
}

// A backend that cannot honour a condition says so. One that ignored it would hand out a lock
// to everybody who asks.
void unsupported_condition_is_refused_not_ignored(const Case& c) {
  const ObjectInfo info = c.put("k", "old");
  const auto refused = [&](const auto& result, std::string_view what) {
    c.expect_error(result, ErrorCode::unsupported, what);
  };
  if (!c.can().put_if_absent) {
    refused(c.bucket().put("k", "new", when(Condition::absent())), "put with absent()");
    refused(c.bucket().put("fresh", "new", when(Condition::absent())), "put with absent()");
  }
  if (!c.can().put_if_match) {
    refused(c.bucket().put("k", "new", when(Condition::match(info.token))), "put with match()");
  }
  if (!c.can().conditional_get) {
    refused(c.bucket().get("k", {.condition = Condition::match(info.token)}), "get with match()");
    refused(c.bucket().get("k", {.condition = Condition::not_match("x")}), "get with not_match()");
  }
  if (!c.can().remove_if_match) {
    refused(c.bucket().remove("k", {.condition = Condition::match(info.token)}), "remove with match()");
  }
  if (!c.can().copy_if_absent) {
    refused(c.bucket().copy("k", "copy", {.condition = Condition::absent()}), "copy with absent()");
  }
  // Conditions that the operation does not have at all.
  const std::initializer_list<ErrorCode> either = {ErrorCode::invalid_argument, ErrorCode::unsupported};
  c.expect_error(c.bucket().put("k", "new", when(Condition::not_match(info.token))), either, "put with not_match()");
  c.expect_error(c.bucket().get("k", {.condition = Condition::absent()}), either, "get with absent()");
  c.expect_error(c.bucket().remove("k", {.condition = Condition::absent()}), either, "remove with absent()");
  c.expect_error(c.bucket().copy("k", "copy", {.condition = Condition::match(info.token)}), either,
                 "copy with match()");
  c.expect_content("k", "old");
  c.expect_keys({}, {"k"}, "the keys after refused calls");
}

}  // namespace

CaseList condition_cases() {
  static constexpr CaseEntry kCases[] = {
      {"absent_creates", absent_creates},
      {"absent_on_existing", absent_on_existing},
      {"match_current_ok", match_current_ok},
      {"match_stale", match_stale},
      {"match_on_missing", match_on_missing},
      {"get_if_none_match_current", get_if_none_match_current},
      {"get_if_match_stale", get_if_match_stale},
      {"get_if_changed_tells", get_if_changed_tells},
      {"conditional_remove", conditional_remove},
      {"unsupported_condition_is_refused_not_ignored", unsupported_condition_is_refused_not_ignored},
  };
  return kCases;
}

}  // namespace cloudkit::inline v0::testing
