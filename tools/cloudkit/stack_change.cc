#include "fd_source.h"
#include "format.h"
#include "stack.h"
#include "values.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <string_view>

namespace cloudkit::tool::stacks {
namespace {

Status show(Output& out, const StackPlan& plan) {
  if (!out.json()) {
    print_lines(out, plan.to_text(shows_color(out)));
    return {};
  }
  auto json = plan.to_json();
  if (!json) return std::move(json).error();
  out.line(*json);
  return {};
}

class Plan final : public Command {
 public:
  const char* name() const override { return "plan"; }
  const char* summary() const override { return "Say what apply would do"; }

  void declare(Arguments& arguments) override {
    target_.declare(arguments)
        .flag("--destroy", options_.destroy, "plan the end of all of it")
        .flag("--no-refresh", no_refresh_, "believe the state, and look at nothing")
        .option("--out", out_file_, "FILE", "keep the plan for apply --plan")
        .flag("--detailed-exitcode", detailed_, "exit with 0: no changes, 2: changes, 1: an error");
  }

  int run(Session& session) override {
    auto changes = plan(session);
    if (!changes.has_value()) {
      const int code = session.out.error(changes.error());
      return detailed_ ? 1 : code;
    }
    return detailed_ && *changes ? 2 : 0;
  }

 private:
  // Whether there is anything to do.
  Result<bool> plan(Session& session) {
    const auto deployment = target_.open();
    if (!deployment) return deployment.error();
    options_.refresh = !no_refresh_;
    const auto plan = deployment->plan(target_.options(session.context, options_));
    if (!plan) return plan.error();
    if (auto status = show(session.out, *plan); !status) return std::move(status).error();
    if (auto status = keep(*plan); !status) return std::move(status).error();
    return plan->has_changes();
  }

  Status keep(const StackPlan& plan) const {
    if (out_file_.empty()) return {};
    auto json = plan.to_json();
    if (!json) return std::move(json).error();
    std::ofstream file(out_file_, std::ios::binary);
    file << *json << '\n';
    file.close();
    if (file.fail()) return Error(ErrorCode::io, out_file_ + " cannot be written");
    return {};
  }

  Target target_;
  StackPlanOptions options_;
  std::string out_file_;
  bool no_refresh_ = false;
  bool detailed_ = false;
};

// What changes anything: it is planned, shown, asked for and done.
class Change : public Command {
 public:
  int run(Session& session) override {
    if (auto status = read_lock_wait(); !status) return session.out.error(status.error());
    const auto deployment = target_.open();
    if (!deployment) return session.out.error(deployment.error());
    const auto plan = planned(*deployment, session.context);
    if (!plan) return session.out.error(plan.error());
    const bool is_empty = !plan->has_changes();
    if (!yes_ && !is_empty && ::isatty(STDIN_FILENO) != 1) {
      return session.out.error(Error(ErrorCode::invalid_argument, "without a terminal nobody can be asked",
                                     "--yes goes on without a question; cloudkit stack plan only shows"));
    }
    if (auto status = show(session.out, *plan); !status) return session.out.error(status.error());
    // Also of one that is empty: only the run itself sees what no step shows, as other needs, or an older state.
    if (!yes_ && !is_empty && !is_wanted(session)) {
      session.out.notice("nothing was done");
      return session.context.cancelled() ? exit_code(ErrorCode::cancelled) : 1;
    }
    return carry_out(session, *deployment, *plan);
  }

 protected:
  virtual Result<StackPlan> planned(const StackDeployment& deployment, const Context& context) = 0;

  Arguments& declare_change(Arguments& arguments) {
    return target_.declare(arguments)
        .flag("-y,--yes", yes_, "do it without a question")
        .option("--workers", apply_.workers, "N", "resources at a time")
        .option("--lock-wait", lock_wait_, "TIME", "how long to wait for a lock that somebody else holds");
  }

 private:
  static bool is_wanted(Session& session) {
    session.out.notice("Do this? Only \"yes\" counts.");
    // A terminal gives a line at a time.
    std::array<char, 256> line;
    const auto length = read_some(STDIN_FILENO, "the answer", line, session.context);
    return length && std::string_view(line.data(), *length) == "yes\n";
  }

  Status read_lock_wait() {
    if (lock_wait_.empty()) return {};
    const auto wait = duration_of("--lock-wait", lock_wait_);
    if (!wait) return wait.error();
    apply_.lock_wait = *wait;
    return {};
  }

  int carry_out(Session& session, const StackDeployment& deployment, const StackPlan& plan) {
    apply_ = target_.options(session.context, apply_);
    apply_.progress = [&](const StackEvent& event) { tell(session.out, event); };
    const auto report = deployment.apply(plan, apply_);
    if (!report) return session.out.error(report.error());
    finish(session.out, *report);
    const Status status = report->status();
    if (status) return 0;
    // Failures were told as they came.
    const bool was_told = std::any_of(report->steps.begin(), report->steps.end(),
                                      [](const StackOutcome& step) { return step.phase == StackPhase::failed; });
    return was_told ? exit_code(status.error()) : session.out.error(status.error());
  }

  static std::string_view phase_name(StackPhase phase) {
    switch (phase) {
      case StackPhase::started: return "started";
      case StackPhase::done: return "done";
      case StackPhase::failed: return "failed";
      case StackPhase::skipped: return "skipped";
    }
    return "";
  }

  static void tell(Output& out, const StackEvent& event) {
    if (out.json()) {
      out.object(Json()
                     .text("address", event.address)
                     .text("action", to_string(event.action))
                     .text("phase", phase_name(event.phase))
                     .text_unless_empty("id", event.id));
    } else {
      out.line(fmt::format("{}: {} {}{}", printable(event.address), to_string(event.action), phase_name(event.phase),
                           event.id.empty() ? "" : " (" + printable(event.id) + ")"));
    }
    // A step may take minutes, and no other line would carry this one out.
    out.flush();
    if (event.error == nullptr) return;
    Error error = *event.error;
    error.message = event.address + ": " + error.message;
    out.error(error);
  }

  static void finish(Output& out, const StackReport& report) {
    if (out.json()) {
      Json outputs;
      for (const auto& [name, value] : report.outputs) outputs.text(name, value);
      out.object(Json().object("outputs", outputs));
      return;
    }
    std::size_t failed = 0;
    for (const StackOutcome& step : report.steps) failed += step.phase == StackPhase::done ? 0 : 1;
    out.line(fmt::format("{} created, {} updated, {} replaced, {} removed{}", report.count(StackAction::create),
                         report.count(StackAction::update), report.count(StackAction::replace),
                         report.count(StackAction::remove), failed == 0 ? "" : fmt::format(", {} not done", failed)));
    for (const auto& [name, value] : report.outputs) out.line(fmt::format("{} = {}", name, printable(value)));
  }

  Target target_;
  StackApplyOptions apply_;
  std::string lock_wait_;
  bool yes_ = false;

 protected:
  StackPlanOptions plan_options(const Context& context, bool destroy) const {
    auto options = target_.options<StackPlanOptions>(context);
    options.destroy = destroy;
    return options;
  }
};

class Apply final : public Change {
 public:
  const char* name() const override { return "apply"; }
  const char* summary() const override { return "Make true what the file declares"; }

  void declare(Arguments& arguments) override {
    declare_change(arguments).option("--plan", plan_, "FILE", "do what this plan says, unless anything moved since");
  }

 protected:
  Result<StackPlan> planned(const StackDeployment& deployment, const Context& context) override {
    if (plan_.empty()) return deployment.plan(plan_options(context, false));
    const auto text = read_all(plan_, context);
    if (!text) return text.error();
    return StackPlan::from_json(*text);
  }

 private:
  std::string plan_;
};

class Destroy final : public Change {
 public:
  const char* name() const override { return "destroy"; }
  const char* summary() const override { return "Take away all that the state knows, then the state"; }

  void declare(Arguments& arguments) override { declare_change(arguments); }

 protected:
  Result<StackPlan> planned(const StackDeployment& deployment, const Context& context) override {
    return deployment.plan(plan_options(context, true));
  }
};

}  // namespace

std::unique_ptr<Command> make_plan() { return std::make_unique<Plan>(); }
std::unique_ptr<Command> make_apply() { return std::make_unique<Apply>(); }
std::unique_ptr<Command> make_destroy() { return std::make_unique<Destroy>(); }

}  // namespace cloudkit::tool::stacks
