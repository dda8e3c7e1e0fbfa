#include "format.h"
#include "stack.h"

#include <cloudkit/stack_file.h>

#include <fmt/format.h>

namespace cloudkit::tool::stacks {
namespace {

class Refresh final : public Command {
 public:
  const char* name() const override { return "refresh"; }
  const char* summary() const override { return "Say what somebody else has changed, and take it into the state"; }

  void declare(Arguments& arguments) override { target_.declare(arguments); }

  int run(Session& session) override {
    const auto deployment = target_.open();
    if (!deployment) return session.out.error(deployment.error());
    const auto options = target_.options<StackApplyOptions>(session.context);
    const auto drifts = deployment->refresh(options);
    if (!drifts) return session.out.error(drifts.error());
    for (const StackDrift& drift : *drifts) show(session.out, drift);
    if (drifts->empty() && !session.out.json()) session.out.line("nothing was changed by somebody else");
    return 0;
  }

 private:
  static void show(Output& out, const StackDrift& drift) {
    if (out.json()) {
      std::vector<Json> changes;
      for (const StackChange& change : drift.changes) {
        changes.push_back(Json()
                              .text("attribute", change.attribute)
                              .text("before", change.before.value_or(""))
                              .text("after", change.after.value_or("")));
      }
      out.object(Json()
                     .text("address", drift.address)
                     .text_unless_empty("id", drift.id)
                     .boolean("gone", drift.gone)
                     .list("changes", changes));
      return;
    }
    const std::string id = drift.id.empty() ? std::string() : " (" + printable(drift.id) + ")";
    out.line(fmt::format("{}{} {}", printable(drift.address), id, drift.gone ? "is gone" : "was changed"));
    for (const StackChange& change : drift.changes) {
      out.line(fmt::format("      {}: {} -> {}", printable(change.attribute),
                           printable(change.before.value_or("(none)")), printable(change.after.value_or("(none)"))));
    }
  }

  Target target_;
};

class Import final : public Command {
 public:
  const char* name() const override { return "import"; }
  const char* summary() const override { return "Make a thing that is there a declared resource"; }

  void declare(Arguments& arguments) override {
    target_.declare(arguments)
        .positional("ADDRESS", address_, "of the resource: aws_instance.web, instance.web")
        .positional("ID", id_, "of the thing: i-0a4e…; of keys, buckets and functions the name");
  }

  int run(Session& session) override {
    const auto deployment = target_.open();
    if (!deployment) return session.out.error(deployment.error());
    const auto options = target_.options<StackApplyOptions>(session.context);
    const std::string address = stack_address(address_);
    if (auto status = deployment->import_resource(address, id_, options); !status)
      return session.out.error(status.error());
    if (session.out.json()) {
      session.out.object(Json().text("imported", address).text("id", id_));
    } else {
      session.out.line(fmt::format("imported {} ({})", printable(address), printable(id_)));
    }
    return 0;
  }

 private:
  Target target_;
  std::string address_;
  std::string id_;
};

class Forget final : public Command {
 public:
  const char* name() const override { return "forget"; }
  const char* summary() const override { return "Let a resource go from the state, and leave the thing as it is"; }

  void declare(Arguments& arguments) override {
    target_.declare(arguments).positional("ADDRESS", address_, "of the resource: aws_instance.web, instance.web");
  }

  int run(Session& session) override {
    const auto deployment = target_.open();
    if (!deployment) return session.out.error(deployment.error());
    const auto options = target_.options<StackApplyOptions>(session.context);
    const std::string address = stack_address(address_);
    if (auto status = deployment->forget(address, options); !status) return session.out.error(status.error());
    if (session.out.json()) {
      session.out.object(Json().text("forgotten", address));
    } else {
      session.out.line("forgot " + printable(address));
    }
    return 0;
  }

 private:
  Target target_;
  std::string address_;
};

class Outputs final : public Command {
 public:
  const char* name() const override { return "output"; }
  const char* summary() const override { return "Print the outputs of the last apply"; }

  void declare(Arguments& arguments) override {
    target_.declare(arguments).optional_positional("NAME", name_, "only this one's value");
  }

  int run(Session& session) override {
    const auto deployment = target_.open();
    if (!deployment) return session.out.error(deployment.error());
    const auto options = target_.options<StackPlanOptions>(session.context);
    const auto outputs = deployment->outputs(options);
    if (!outputs) return session.out.error(outputs.error());
    if (!name_.empty()) return show_one(session, *outputs);
    Json json;
    for (const auto& [name, value] : *outputs) {
      json.text(name, value);
      if (!session.out.json()) session.out.line(fmt::format("{} = {}", printable(name), printable(value)));
    }
    if (session.out.json()) session.out.object(json);
    return 0;
  }

 private:
  int show_one(Session& session, const std::map<std::string, std::string>& outputs) const {
    const auto found = outputs.find(name_);
    if (found == outputs.end()) {
      return session.out.error(Error(ErrorCode::not_found, "there is no output \"" + printable(name_) + '"',
                                     "outputs are of the last apply"));
    }
    if (session.out.json()) {
      session.out.object(Json().text(found->first, found->second));
    } else {
      // As it is: for $( ) and files.
      session.out.line(session.out.prints_to_terminal() ? printable(found->second) : found->second);
    }
    return 0;
  }

  Target target_;
  std::string name_;
};

}  // namespace

std::unique_ptr<Command> make_refresh() { return std::make_unique<Refresh>(); }
std::unique_ptr<Command> make_import() { return std::make_unique<Import>(); }
std::unique_ptr<Command> make_forget() { return std::make_unique<Forget>(); }
std::unique_ptr<Command> make_output() { return std::make_unique<Outputs>(); }

}  // namespace cloudkit::tool::stacks
