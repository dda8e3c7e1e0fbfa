#include "flawed_functions.h"
#include "flaws.h"
#include "memory_behaviours.h"

#include <cloudkit/testing/function_conformance.h>

#include <doctest/doctest.h>

#include <optional>
#include <set>

using namespace cloudkit;
using testing::FunctionRuntimeHarness;
using testing::Outcome;

namespace {

using WrapDriver = flaws::Wrap<FunctionRuntimeDriver>;

template <class Driver>
std::shared_ptr<FunctionRuntimeDriver> wrap(std::shared_ptr<FunctionRuntimeDriver> inner) {
  return std::make_shared<Driver>(std::move(inner));
}

FunctionRuntimeHarness harness_with(WrapDriver wrapper) {
  FunctionRuntimeHarness harness = behaviours::memory_harness([wrapper](const memory::MemoryFunctions& functions) {
    return FunctionRuntime(wrapper(functions.driver()), functions.hooks());
  });
  harness.name = "flawed";
  return harness;
}

using namespace flawed;
const flaws::Flaw<FunctionRuntimeDriver> kFlaws[] = {
    {"adds a space", wrap<ChangesResults<kAddASpace>>, "deploy_then_invoke_echo"},
    {"forgets the request", wrap<ChangesResults<kForgetTheRequest>>, "deploy_then_invoke_echo"},
    {"tells an id that finds nothing", wrap<ChangesFunctions<kForgetId>>, "deploy_then_invoke_echo"},
    {"throws", wrap<Throws>, "deploy_then_invoke_echo"},
    {"forgets the digest", wrap<ChangesFunctions<kForgetDigest>>, "deploy_twice_same_code_is_unchanged"},
    {"forgets the tags", wrap<ChangesFunctions<kForgetTags>>, "deploy_twice_same_code_is_unchanged"},
    {"keeps the old code", wrap<KeepsOldCode>, "deploy_changed_code_updates_and_waits"},
    {"gives the usual memory", wrap<ChangesSpecs<kUsualMemory>>, "deploy_changed_config_only"},
    {"drops the description", wrap<ChangesSpecs<kNoDescription>>, "deploy_changed_config_only"},
    {"merges environments", wrap<MergesEnvironments>, "environment_replaced_not_merged"},
    {"invents functions", wrap<InventsFunctions>, "get_missing_is_not_found"},
    {"fails to remove what is missing", wrap<FailsToRemoveWhatIsMissing>, "remove_missing_is_ok"},
    {"removes nothing", wrap<RemovesNothing>, "remove_then_get_not_found_then_redeploy"},
    {"lists the first page only", wrap<ListsTheFirstPageOnly>, "list_pages_55"},
    {"lists the last of a page twice", wrap<ListsTheLastOfAPageTwice>, "list_pages_55"},
    {"speaks ASCII only", wrap<ChangesResults<kAsciiOnly>>, "payload_json_unicode_empty_object_and_1MiB"},
    {"cuts answers", wrap<ChangesResults<kCutAt64KiB>>, "payload_json_unicode_empty_object_and_1MiB"},
    {"forgets the types of errors", wrap<ChangesResults<kForgetTypes>>, "function_error_is_value"},
    {"makes errors of failures", wrap<FailuresAreErrors>, "function_error_is_value"},
    {"forgets messages", wrap<ChangesResults<kNoMessages>>, "handler_exception_reported"},
    {"dies of a failure", wrap<DiesOfAFailure>, "handler_exception_reported"},
    {"dies of a timeout", wrap<DiesOfAFailure>, "timeout_reported"},
    {"lets functions run on", wrap<ChangesResults<kNeverFails>>, "timeout_reported"},
    {"takes a timeout for a report", wrap<ChangesResults<kAlwaysHandled>>, "timeout_reported"},
    {"dies of an exit", wrap<DiesOfAFailure>, "child_exit_is_exit_error"},
    {"forgets what an exit is", wrap<ChangesResults<kForgetTypes>>, "child_exit_is_exit_error"},
    {"hides that it failed", wrap<ChangesFunctions<kHideFailure>>, "init_failure_is_told"},
    {"has no tail", wrap<ChangesResults<kNoTail>>, "log_tail_4KiB_has_line"},
    {"tells the beginning for the tail", wrap<ChangesResults<kBeginningOfTail>>, "log_tail_4KiB_has_line"},
    {"has long tails", wrap<ChangesResults<kLongTail>>, "log_tail_4KiB_has_line"},
    {"waits for asynchronous calls", wrap<AsyncWaits>, "async_returns_before_completion"},
    {"mixes callers up", wrap<MixesCallersUp>, "concurrent_8_invocations_no_mixups"},
    {"has a deadline that stands still", wrap<ChangesResults<kDeadlineStandsStill>>, "deadline_visible_and_decreasing"},
    {"ignores qualifiers", wrap<IgnoresQualifiers>, "versions_and_aliases"},
    {"takes conflicts for final", wrap<ConflictsAreFinal>, "update_in_progress_is_retried"},
    {"gives the usual memory after a conflict", wrap<ChangesSpecs<kUsualMemory>>, "update_in_progress_is_retried"},
    {"takes pending for failed", wrap<PendingIsFailed>, "new_function_is_waited_for"},
    {"has no new identities", wrap<IdentitiesAreNeverNew>, "role_propagation_is_retried_then_capped"},
    {"is deleting all the time", wrap<ChangesFunctions<kIsAlwaysDeleting>>, "cancel_during_wait"},
    {"drops the stage", wrap<ChangesEndpoints<kWithoutStage>>, "expose_get_dev_hello_200"},
    {"takes GET only", wrap<ChangesEndpoints<kGetOnly>>, "expose_get_dev_hello_200"},
    {"lets nobody in", wrap<ChangesEndpoints<kPrivate>>, "expose_get_dev_hello_200"},
    {"exposes again", wrap<ExposesAgain>, "expose_idempotent_unexpose_404"},
    {"unexposes nothing", wrap<UnexposesNothing>, "expose_idempotent_unexpose_404"},
    {"drops the time zone", wrap<ChangesSchedules<kInUtc>>, "schedule_daily_0100"},
    {"drops the input", wrap<ChangesSchedules<kWithoutInput>>, "schedule_daily_0100"},
    {"unschedules nothing", wrap<UnschedulesNothing>, "schedule_daily_0100"},
    {"has another Sunday", wrap<ChangesSchedules<kSundayIsOne>>, "cron_table"},
    {"forgets one of two days", wrap<ChangesSchedules<kDayOfMonthOnly>>, "cron_table"},
    {"leaves the function", wrap<RemovesNothing>, "remove_cascade_leaves_nothing"},
    {"leaves schedules", wrap<UnschedulesNothing>, "remove_cascade_leaves_nothing"},
    {"leaves endpoints", wrap<UnexposesNothing>, "remove_cascade_leaves_nothing"},
    {"leaves logs", wrap<KeepsLogs>, "remove_cascade_leaves_nothing"},
    {"leaves identities", wrap<KeepsIdentities>, "remove_cascade_leaves_nothing"},
    {"removes the neighbour", wrap<RemovesAllThatBeginsSo>, "remove_cascade_leaves_nothing"},
    {"uploads the same code otherwise", wrap<UploadsDiffer>, "zip_reproducible_and_mode_0755"},
    {"never sees the same code twice", wrap<CodeIsNeverTheSame>, "zip_reproducible_and_mode_0755"},
};

// What only the handle decides: no driver can get it wrong.
const std::set<std::string> kOfTheHandle = {"invalid_names_rejected_before_io", "payload_over_limit_invalid_argument"};

}  // namespace

TEST_CASE("every flaw is caught by the case that is named for it") {
  flaws::check_each_is_caught(kFlaws, [](WrapDriver wrapper) {
    FunctionRuntimeHarness harness = harness_with(wrapper);
    harness.patience = std::chrono::milliseconds(100);  // What does not come at once never comes.
    return harness;
  });
}

TEST_CASE("every case is seen to fail, but for what only the handle decides") {
  flaws::check_every_case_fails(kFlaws, kOfTheHandle, testing::function_runtime_cases());
}

TEST_CASE("what has no flaw passes") {
  flaws::check_all_pass(testing::function_runtime_cases(), harness_with(wrap<ForwardingRuntime>));
}

TEST_CASE("a harness that cannot work is a failure, and one that lacks something a skip, with the reason") {
  CHECK(testing::run("no_such_case", harness_with(wrap<ForwardingRuntime>)).text == "there is no case of this name");
  CHECK(testing::run("get_missing_is_not_found", FunctionRuntimeHarness()).text == "the harness has no make_runtime");
  FunctionRuntimeHarness harness = harness_with(wrap<ForwardingRuntime>);
  harness.http_fetch = {};
  harness.delay = {};
  const auto text = [&](const char* name) { return testing::run(name, harness).text; };
  CHECK(text("expose_get_dev_hello_200") == "the harness has no http_fetch");
  CHECK(text("update_in_progress_is_retried") == "the harness has no delay");
  harness.behaviour = [](const std::string& behaviour, int) -> Result<FunctionSpec> {
    return Error(ErrorCode::unsupported, "no code does " + behaviour);
  };
  CHECK(testing::run("deploy_then_invoke_echo", harness).outcome == Outcome::skipped);
  CHECK(text("deploy_then_invoke_echo") == "no code does behaviour.echo");
  harness.make_runtime = []() -> Result<FunctionRuntime> { return Error(ErrorCode::unavailable, "no server"); };
  CHECK(text("cron_table") == "make_runtime failed: unavailable (unavailable: no server)");
}

TEST_CASE("a known deviation is skipped while it fails, and a failure once it is gone") {
  FunctionRuntimeHarness flawed = harness_with(wrap<RemovesNothing>);
  flawed.patience = std::chrono::milliseconds(100);
  flaws::check_known_deviation("remove_then_get_not_found_then_redeploy", flawed,
                               harness_with(wrap<ForwardingRuntime>));
}

TEST_CASE("a failure says what was expected and what came instead") {
  const auto text = [](const char* name, WrapDriver wrapper) { return testing::run(name, harness_with(wrapper)).text; };
  CHECK(text("deploy_then_invoke_echo", wrap<ChangesResults<kAddASpace>>) ==
        "what the echo answers: expected \"{\\\"a\\\":[1,null]}\", got \"{\\\"a\\\":[1,null]} \"");
  CHECK(text("environment_replaced_not_merged", wrap<MergesEnvironments>) ==
        "the environment should be the one that was deployed");
  CHECK(text("child_exit_is_exit_error", wrap<ChangesResults<kForgetTypes>>) ==
        "the type of the error: expected \"Runtime.ExitError\", got \"Error\"");
  CHECK(text("remove_cascade_leaves_nothing", wrap<KeepsIdentities>) ==
        "what is left of a removed function: expected [] (0), got [\"identity\"] (1)");
}

TEST_CASE("a case leaves nothing behind") {
  const FunctionRuntimeHarness whole = behaviours::memory_harness();
  std::optional<FunctionRuntime> last;
  FunctionRuntimeHarness harness = whole;
  harness.make_runtime = [&]() -> Result<FunctionRuntime> {
    auto runtime = whole.make_runtime();
    if (runtime) last.emplace(*runtime);
    return runtime;
  };
  for (const char* name : {"deploy_then_invoke_echo", "list_pages_55", "init_failure_is_told"}) {
    CHECK(testing::run(name, harness).outcome == Outcome::passed);
    CHECK(last->list().value().empty());
  }
}

TEST_CASE("docs/backends.md lists the cases about functions, all of them, in their order") {
  CHECK(flaws::documented_cases("## The cases of a function runtime") == testing::function_runtime_cases());
}
