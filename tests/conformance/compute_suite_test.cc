#include "flawed_compute.h"
#include "flawed_resources.h"
#include "flaws.h"
#include "memory_machines.h"

#include <cloudkit/testing/compute_conformance.h>

#include <doctest/doctest.h>

#include <optional>
#include <set>

using namespace cloudkit;
using testing::ComputeHarness;
using testing::Outcome;

namespace {

using WrapDriver = flaws::Wrap<ComputeDriver>;

template <class Driver>
std::shared_ptr<ComputeDriver> wrap(std::shared_ptr<ComputeDriver> inner) {
  return std::make_shared<Driver>(std::move(inner));
}

ComputeHarness harness_with(WrapDriver wrapper) {
  ComputeHarness harness = machines::memory_harness(
      [wrapper](const memory::MemoryCompute& cloud) { return Compute(wrapper(cloud.driver()), cloud.hooks()); });
  harness.name = "flawed";
  return harness;
}

ComputeHarness impatient_harness_with(WrapDriver wrapper) {
  ComputeHarness harness = harness_with(std::move(wrapper));
  harness.patience = std::chrono::milliseconds(100);  // What does not come at once never comes.
  return harness;
}

using namespace flawed;
using enum ErrorCode;
const flaws::Flaw<ComputeDriver> kFlaws[] = {
    {"is pending for ever", wrap<ChangesMachines<kAlwaysPending>>, "create_wait_running_get"},
    {"forgets names", wrap<ChangesMachines<kNoName>>, "create_wait_running_get"},
    {"throws", wrap<Throws>, "create_wait_running_get"},
    {"ignores tokens", wrap<ChangesSpecs<kIgnoreToken>>, "create_same_token_same_id"},
    {"compares nothing but tokens", wrap<TokensMatchAnything>, "token_other_params_conflict"},
    {"says that a token exists", wrap<ChangesCodes<conflict, already_exists>>, "token_other_params_conflict"},
    {"invents machines", wrap<InventsMachines>, "get_missing_not_found"},
    {"does not know what is missing", wrap<ChangesCodes<not_found, unknown>>, "get_missing_not_found"},
    {"never sees what was late", wrap<NeverSeesThem>, "visible_late_is_retried"},
    {"lists the first page only", wrap<ListsTheFirstPageOnly>, "list_pages_and_filters"},
    {"lists the last of a page twice", wrap<ListsTheLastOfAPageTwice>, "list_pages_and_filters"},
    {"filters no names", wrap<ChangesFilters<kAnyName>>, "list_pages_and_filters"},
    {"filters no ids", wrap<ChangesFilters<kAnyId>>, "list_pages_and_filters"},
    {"filters no states", wrap<ChangesFilters<kAnyState>>, "list_pages_and_filters"},
    {"filters by one tag", wrap<ChangesFilters<kFirstTagOnly>>, "list_pages_and_filters"},
    {"drops tags", wrap<ChangesSpecs<kDropTags>>, "tags_set_at_create"},
    {"tells no tags", wrap<ChangesMachines<kNoTags>>, "tags_set_at_create"},
    {"changes no tags", wrap<TagsNothing>, "tags_set_at_create"},
    {"removes no tags", wrap<RemovesNoTags>, "tags_set_at_create"},
    {"stops nothing", wrap<StopsNothing>, "stop_wait_start_wait"},
    {"starts nothing", wrap<StartsNothing>, "stop_wait_start_wait"},
    {"gives what was stopped another id", wrap<ChangesMachines<kOtherIdWhenStopped>>, "stop_wait_start_wait"},
    {"reboots nothing", wrap<RebootsNothing>, "reboot_changes_boot_id"},
    {"has one boot id", wrap<ChangesMachines<kSameBootId>>, "reboot_changes_boot_id"},
    {"destroys nothing", wrap<DestroysNothing>, "destroy_then_gone_twice_ok"},
    {"shows for ever what is gone", wrap<ChangesMachines<kNeverGone>>, "destroy_then_gone_twice_ok"},
    {"destroys what is missing with an error", wrap<ChangesCodes<not_found, invalid_argument>>,
     "destroy_then_gone_twice_ok"},
    {"takes what is gone for stopped", wrap<ChangesMachines<kGoneIsStopped>>, "start_terminated_is_conflict"},
    {"says that pending is a wrong argument", wrap<ChangesCodes<conflict, invalid_argument>>,
     "stop_pending_allowed_or_conflict"},
    {"takes want of room for throttling", wrap<CapacityPasses>, "capacity_error_not_retried"},
    {"says that room may come", wrap<CapacityIsRetryable>, "capacity_error_not_retried"},
    {"is stopped at once", wrap<ChangesMachines<kStoppedAtOnce>>, "wait_deadline_reports_last_state"},
    {"drops user data", wrap<ChangesSpecs<kDropUserData>>, "user_data_runs_once"},
    {"runs user data at each boot", wrap<RunsUserDataAgain>, "user_data_runs_once"},
    {"takes less user data than it says", wrap<AllowsLessUserData>, "user_data_over_limit_rejected"},
    {"has an empty console", wrap<HasNoConsole>, "console_contains_marker"},
    {"cuts user data", wrap<ChangesSpecs<kCutUserData>>, "console_contains_marker"},
    {"says that all scripts succeed", wrap<ChangesResults<kAlwaysZero>>, "run_command_exit_code_stdout_stderr"},
    {"mixes errors into output", wrap<ChangesResults<kErrorsAmongOutput>>, "run_command_exit_code_stdout_stderr"},
    {"runs the first line only", wrap<ChangesScripts<kFirstLineOnly>>, "run_command_exit_code_stdout_stderr"},
    {"does not say that it cut", wrap<ChangesResults<kNeverCut>>, "run_command_truncation_flag"},
    {"says always that it cut", wrap<ChangesResults<kAlwaysCut>>, "run_command_truncation_flag"},
    {"keeps more than it says", wrap<ChangesResults<kTooMuch>>, "run_command_truncation_flag"},
    {"takes a timeout for a failure", wrap<ChangesResults<kTimeoutIsAFailure>>, "run_command_timeout"},
    {"runs all on one machine", wrap<MixesMachinesUp>, "run_all_each_host"},
    {"says that all steps succeed", wrap<ChangesResults<kAlwaysZero>>, "run_all_each_host"},
    {"writes no files", wrap<ChangesScripts<kFailsFiles>>, "copy_file_whole_or_not_at_all"},
    {"keeps the usual mode", wrap<ChangesScripts<kOldMode>>, "copy_file_whole_or_not_at_all"},
    {"leaves temporary files", wrap<ChangesScripts<kLeavesATemporary>>, "copy_file_whole_or_not_at_all"},
    {"trims output", wrap<ChangesResults<kTrimmed>>, "copy_file_whole_or_not_at_all"},
    {"tells inbound rules only", wrap<ChangesRules<kInboundOnly>>, "firewall_create_rules_roundtrip"},
    {"tells no IPv6", wrap<ChangesRules<kNoIpv6>>, "firewall_create_rules_roundtrip"},
    {"tells no peers", wrap<ChangesRules<kNoPeers>>, "firewall_create_rules_roundtrip"},
    {"tells other ports", wrap<ChangesRules<kOtherPorts>>, "firewall_create_rules_roundtrip"},
    {"adds no rules", wrap<AuthorizesNothing>, "firewall_create_rules_roundtrip"},
    {"takes no rules away", wrap<RevokesNothing>, "set_rules_diff_minimal_calls"},
    {"takes all rules away", wrap<RevokesAll>, "set_rules_diff_minimal_calls"},
    {"adds rules one by one", wrap<AuthorizesOneByOne>, "set_rules_diff_minimal_calls"},
    {"refuses what it added before", wrap<DuplicatesAreErrors>, "ensure_firewall_twice_unchanged"},
    {"adds nothing", wrap<AuthorizesNothing>, "duplicate_rule_is_ok"},
    {"tells each rule twice", wrap<ChangesRules<kAllTwice>>, "default_egress_not_duplicated"},
    {"lets all out for ever", wrap<RevokesNothing>, "default_egress_not_duplicated"},
    {"knows one network", wrap<OneNetwork>, "ensure_firewall_twice_unchanged"},
    {"finds no names", wrap<NoNames>, "ensure_firewall_twice_unchanged"},
    {"drops firewalls", wrap<ChangesSpecs<kDropFirewalls>>, "destroy_firewall_in_use_conflict"},
    {"tells no firewalls", wrap<ChangesMachines<kNoFirewalls>>, "destroy_firewall_in_use_conflict"},
    {"destroys no firewalls", wrap<ForgetsItsFirewalls>, "destroy_firewall_in_use_conflict"},
    {"loses rules of others with an error", wrap<LosesRulesOfOthers>, "destroy_firewall_in_use_conflict"},
    {"takes what is used for final", wrap<InUseIsFinal>, "destroy_firewall_in_use_conflict"},
    {"keeps rules of peers", wrap<RevokesNothing>, "mutual_groups_destroyed"},
    {"loses rules of others", wrap<RevokesAll>, "mutual_groups_destroyed"},
    {"destroys no keys", wrap<DestroysNoKeys>, "key_import_list_destroy"},
    {"has no fingerprints but some", wrap<SameFingerprints>, "key_import_list_destroy"},
    {"tells no keys", wrap<ChangesMachines<kNoKey>>, "key_import_list_destroy"},
    {"takes every alias", wrap<TakesEveryAlias>, "resolve_image_alias"},
    {"lists no aliases", wrap<ListsNoAliases>, "resolve_image_alias"},
    {"has one image", wrap<ChangesSpecs<kUsualImage>>, "resolve_image_alias"},
    {"does not say where a volume is", wrap<AttachesNothing>, "volume_lifecycle"},
    {"keeps volumes", wrap<KeepsVolumes>, "volume_lifecycle"},
    {"makes volumes for ever", wrap<VolumesAreNeverReady>, "volume_lifecycle"},
};

// What only the handle decides: no driver can get it wrong.
const std::set<std::string> kOfTheHandle = {"cidr_and_port_validation"};

}  // namespace

TEST_CASE("every flaw is caught by the case that is named for it") {
  flaws::check_each_is_caught(kFlaws, impatient_harness_with);
}

TEST_CASE("every case is seen to fail, but for what only the handle decides") {
  flaws::check_every_case_fails(kFlaws, kOfTheHandle, testing::compute_cases());
}

TEST_CASE("what has no flaw passes") {
  flaws::check_all_pass(testing::compute_cases(), harness_with(wrap<ForwardingCompute>));
}

TEST_CASE("a harness that cannot work is a failure, and one that lacks something a skip, with the reason") {
  CHECK(testing::run("no_such_case", harness_with(wrap<ForwardingCompute>)).text == "there is no case of this name");
  CHECK(testing::run("get_missing_not_found", ComputeHarness()).text == "the harness has no make_compute");
  ComputeHarness harness = harness_with(wrap<ForwardingCompute>);
  const auto text = [&](const char* name) { return testing::run(name, harness).text; };
  harness.delay = {};
  harness.image_alias.clear();
  harness.executes = false;
  CHECK(text("visible_late_is_retried") == "the harness has no delay");
  CHECK(text("resolve_image_alias") == "the harness has no image_alias");
  CHECK(text("run_command_timeout") == "the harness says that nothing runs");
  CHECK(testing::run("run_command_timeout", harness).outcome == Outcome::skipped);
  harness.make_compute = []() -> Result<Compute> { return Error(ErrorCode::unavailable, "no server"); };
  CHECK(text("get_missing_not_found") == "make_compute failed: unavailable (unavailable: no server)");
}

TEST_CASE("a known deviation is skipped while it fails, and a failure once it is gone") {
  flaws::check_known_deviation("key_import_list_destroy", impatient_harness_with(wrap<DestroysNoKeys>),
                               harness_with(wrap<ForwardingCompute>));
}

TEST_CASE("a failure says what was expected and what came instead") {
  const auto text = [](const char* name, WrapDriver wrapper) {
    return testing::run(name, impatient_harness_with(wrapper)).text;
  };
  CHECK(text("run_command_exit_code_stdout_stderr", wrap<ChangesResults<kAlwaysZero>>) ==
        "the status of a script that fails: expected 3, got 0");
  CHECK(text("stop_wait_start_wait", wrap<StopsNothing>).find("it still is running") != std::string::npos);
  CHECK(text("default_egress_not_duplicated", wrap<ChangesRules<kAllTwice>>) ==
        "how many rules let everything out: expected 1, got 2");
}

TEST_CASE("a case leaves nothing behind") {
  const ComputeHarness whole = machines::memory_harness();
  std::optional<Compute> last;
  ComputeHarness harness = whole;
  harness.make_compute = [&]() -> Result<Compute> {
    auto compute = whole.make_compute();
    if (compute) last.emplace(*compute);
    return compute;
  };
  for (const std::string& name : testing::compute_cases()) {
    CAPTURE(name);
    CHECK(testing::run(name, harness).outcome == Outcome::passed);
    const auto left = last->list({.states = {InstanceState::pending, InstanceState::running, InstanceState::stopped}});
    CHECK(left.value().empty());
    CHECK(last->list_firewalls().value().size() == 2);  // The networks' own.
    CHECK(last->list_keys().value().empty());
    CHECK(last->list_volumes().value().empty());
  }
}

TEST_CASE("docs/backends.md lists the cases about machines, all of them, in their order") {
  CHECK(flaws::documented_cases("## The cases of machines") == testing::compute_cases());
}
