#include "fn.h"
#include "format.h"
#include "values.h"

#include <fmt/format.h>

namespace cloudkit::tool::fn {
namespace {

class Deploy final : public Command {
 public:
  const char* name() const override { return "deploy"; }
  const char* summary() const override { return "Make or update a function, and wait until it can be called"; }

  void declare(Arguments& arguments) override {
    arguments.positional("CODE", code_, "a directory, a program, a .zip, s3://BUCKET/KEY, or with --image a URI")
        .takes(Takes::file);
    runtime_.declare(arguments)
        .required_option("--name", spec_.name, "NAME", "the function's name")
        .option("--runtime", spec_.runtime, "NAME", "native, or the service's name: python3.12")
        .option("--handler", spec_.handler, "NAME", "file and function: app.handler")
        .option("--timeout", timeout_, "SECONDS", "for one call")
        .option("--memory", spec_.memory_mib, "MIB", "memory")
        .option("--arch", architecture_, "NAME", "x86_64, arm64, or host: this machine's")
        .one_of({"x86_64", "arm64", "host"})
        .option("--role", spec_.identity, "ARN", "what it runs as; else a role that may only log is made")
        .option("--env", environment_, "KEY=VALUE", "a variable of its environment; may be repeated")
        .option("--tag", tags_, "KEY=VALUE", "a tag; may be repeated")
        .flag("--image", image_, "CODE is a container image")
        .flag("-n,--dry-run", dry_run_, "say what would be made or updated, and do nothing")
        .examples(
            "  cloudkit fn deploy hello/ --name hello --runtime python3.12 --handler app.handler --on aws://us-west-2\n"
            "  cloudkit fn deploy build/echo_function --name echo --on local:///tmp/functions");
  }

  int run(Session& session) override {
    if (auto status = complete_spec(); !status) return session.out.error(status.error());
    const auto runtime = runtime_.open();
    if (!runtime) return session.out.error(runtime.error());
    if (dry_run_) return look(session, *runtime);
    DeployOptions options;
    options.context = session.context;
    const auto function = runtime->deploy(spec_, options);
    if (!function) return session.out.error(function.error());
    if (session.out.json()) {
      session.out.object(Json()
                             .text("deployed", function->name)
                             .text("id", function->id)
                             .text("state", to_string(function->state))
                             .text("revision", function->revision));
    } else {
      session.out.line(fmt::format("deployed {} ({})", printable(function->name), printable(function->id)));
    }
    return 0;
  }

 private:
  int look(Session& session, const FunctionRuntime& runtime) const {
    const auto function = runtime.get(spec_.name, {.context = session.context});
    if (!function && function.error().code != ErrorCode::not_found) return session.out.error(function.error());
    session.out.would(function ? "update" : "make", spec_.name);
    return 0;
  }

  Status complete_spec() {
    auto code = code_of(code_, image_);
    if (!code) return std::move(code).error();
    spec_.code = *std::move(code);
    spec_.timeout = std::chrono::seconds(timeout_);
    auto environment = pairs_of(environment_, "--env");
    if (!environment) return std::move(environment).error();
    spec_.environment = *std::move(environment);
    auto tags = pairs_of(tags_, "--tag");
    if (!tags) return std::move(tags).error();
    spec_.tags = *std::move(tags);
    if (architecture_ == "x86_64") spec_.architecture = Architecture::x86_64;
    if (architecture_ == "arm64") spec_.architecture = Architecture::arm64;
    return {};
  }

  std::string code_;
  Runtime runtime_;
  FunctionSpec spec_;
  int timeout_ = 30;
  std::string architecture_ = "host";
  std::vector<std::string> environment_;
  std::vector<std::string> tags_;
  bool image_ = false;
  bool dry_run_ = false;
};

class List final : public Command {
 public:
  const char* name() const override { return "list"; }
  const char* summary() const override { return "List functions"; }
  void declare(Arguments& arguments) override { runtime_.declare(arguments); }

  int run(Session& session) override {
    const auto runtime = runtime_.open();
    if (!runtime) return session.out.error(runtime.error());
    const auto functions = runtime->list({session.context});
    if (!functions) return session.out.error(functions.error());
    for (const Function& function : *functions) {
      if (session.out.json()) {
        session.out.object(Json()
                               .text("name", function.name)
                               .text("id", function.id)
                               .text("runtime", function.spec.runtime)
                               .text("modified", utc(function.modified)));
      } else {
        session.out.line(fmt::format("{}  {:<12} {}", utc(function.modified), printable(function.spec.runtime),
                                     printable(function.name)));
      }
    }
    return 0;
  }

 private:
  Runtime runtime_;
};

class Rm final : public Command {
 public:
  const char* name() const override { return "rm"; }
  const char* summary() const override {
    return "Remove a function with its schedules, endpoints, logs and the role made for it";
  }

  void declare(Arguments& arguments) override {
    arguments.positional("NAME", function_, "the function");
    runtime_.declare(arguments).flag("-n,--dry-run", dry_run_, "say what would be removed, and remove nothing");
  }

  int run(Session& session) override {
    const auto runtime = runtime_.open();
    if (!runtime) return session.out.error(runtime.error());
    if (dry_run_) {
      const auto function = runtime->get(function_, {.context = session.context});
      if (!function) return session.out.error(function.error());
      session.out.would("remove", function->name);
      return 0;
    }
    RemoveFunctionOptions options;
    options.cascade = true;
    options.context = session.context;
    if (auto status = runtime->remove(function_, options); !status) return session.out.error(status.error());
    if (session.out.json()) {
      session.out.object(Json().text("removed", function_));
    } else {
      session.out.line("removed " + printable(function_));
    }
    return 0;
  }

 private:
  std::string function_;
  Runtime runtime_;
  bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<Command> make_deploy() { return std::make_unique<Deploy>(); }
std::unique_ptr<Command> make_list() { return std::make_unique<List>(); }
std::unique_ptr<Command> make_rm() { return std::make_unique<Rm>(); }

}  // namespace cloudkit::tool::fn
