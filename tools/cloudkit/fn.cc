#include "fn.h"

#include "fd_source.h"
#include "format.h"
#include "values.h"

#include <cloudkit/open_functions.h>

#include <fmt/format.h>

#include <chrono>
#include <filesystem>

namespace cloudkit::tool {
namespace {

// The commands that are written `cloudkit fn COMMAND`.
class Fn final : public Command {
 public:
  const char* name() const override { return "fn"; }
  const char* summary() const override { return "Deploy, call, expose, schedule and remove functions"; }

  void declare(Arguments& arguments) override {
    arguments.examples(
        "  cloudkit fn deploy hello/ --name hello --handler app.handler --runtime python3 --on local:///tmp/functions\n"
        "  cloudkit fn invoke hello '{\"name\": \"ada\"}' --on local:///tmp/functions\n"
        "  cloudkit fn rm hello --on aws://us-west-2");
  }
  std::vector<std::unique_ptr<Command>> commands() override {
    std::vector<std::unique_ptr<Command>> made;
    for (auto* make : {fn::make_deploy, fn::make_invoke, fn::make_list, fn::make_logs, fn::make_expose,
                       fn::make_schedule, fn::make_rm}) {
      made.push_back(make());
    }
    return made;
  }
  int run(Session&) override { return 2; }  // The command line demands one of its commands.
};

bool ends_with_zip(std::string_view text) { return text.ends_with(".zip"); }

}  // namespace

std::unique_ptr<Command> make_fn() { return std::make_unique<Fn>(); }

namespace fn {

Arguments& Runtime::declare(Arguments& arguments) {
  return arguments.required_option("--on", url_, "URL", "where functions are: local:///DIR or aws://REGION")
      .takes_on(FunctionRuntimeRegistry::global().schemes());
}

Result<FunctionRuntime> Runtime::open() const { return open_function_runtime(url_); }

Arguments& Runtime::declare_wait(Arguments& arguments) {
  return arguments.flag("--wait", wait_,
                        "stay until interrupted: on local:// it lives as long as a program has that open");
}

int Runtime::keep_open(Session& session, std::string_view what) const {
  if (!wait_) {
    if (url_.starts_with("local://")) {
      session.out.notice(fmt::format("{} while a program has {} open: --wait stays", what, printable(url_)));
    }
    return 0;
  }
  session.out.flush();
  while (session.context.wait_for(std::chrono::hours(1))) {
  }
  return exit_code(ErrorCode::cancelled);
}

Result<FunctionCode> code_of(const std::string& text, bool image) {
  if (image) return FunctionCode::image(text);
  if (text.find("://") != std::string::npos) return FunctionCode::object(text);
  std::error_code error;
  const auto status = std::filesystem::status(text, error);
  if (status.type() == std::filesystem::file_type::not_found) return no_such_file(text);
  if (error) return io_error("look at " + text, error.value());
  if (std::filesystem::is_directory(status)) return FunctionCode::directory(text);
  return ends_with_zip(text) ? FunctionCode::zip(File{text}) : FunctionCode::executable(File{text});
}

}  // namespace fn
}  // namespace cloudkit::tool
