// deploy_function CODE --name NAME --expose 'GET /hello' --stage dev --on URL: deploys a function, puts an HTTP trigger
// in front of it, calls the URL and prints the reply. With --remove it takes all of that away again.
#include "call_url.h"
#include "run_program.h"

#include <cloudkit/function_runtime.h>

#include <CLI/CLI.hpp>

#include <filesystem>
#include <iostream>
#include <string>
#include <system_error>
#include <vector>

namespace {

struct Options {
  std::string code;
  std::string url;
  std::string route;
  std::string stage;
  std::vector<std::string> environment;
  cloudkit::FunctionSpec spec;
  int patience = 60;
  bool remove = false;
  bool wait = false;
};

int refuse(const std::string& what, const std::string& hint, int code) {
  std::cerr << "deploy_function: " << what << "\n  hint: " << hint << '\n';
  return code;
}

// 0 when the code is there.
int find_code(Options& options) {
  std::error_code error;
  const auto status = std::filesystem::status(options.code, error);
  if (!std::filesystem::exists(status)) {
    const std::string why =
        status.type() == std::filesystem::file_type::not_found ? "no such file or directory" : error.message();
    return refuse(options.code + ": " + why,
                  "a relative path starts at " + std::filesystem::current_path(error).string(), 3);
  }
  const bool directory = std::filesystem::is_directory(status);
  options.spec.code = directory ? cloudkit::FunctionCode::directory(options.code)
                                : cloudkit::FunctionCode::executable(cloudkit::File{options.code});
  if (options.spec.runtime.empty()) options.spec.runtime = directory ? "python3.12" : "native";
  return 0;
}

// 0 when each is KEY=VALUE.
int read_environment(Options& options) {
  for (const std::string& variable : options.environment) {
    const std::size_t equals = variable.find('=');
    if (equals == 0 || equals == std::string::npos) return refuse("--env is KEY=VALUE", "as in --env STAGE=dev", 2);
    options.spec.environment[variable.substr(0, equals)] = variable.substr(equals + 1);
  }
  return 0;
}

int expose_and_call(const cloudkit::FunctionRuntime& functions, const Options& options) {
  const std::size_t space = options.route.find(' ');
  cloudkit::EndpointSpec trigger;
  trigger.method = options.route.substr(0, space);
  trigger.path = options.route.substr(space + 1);
  trigger.stage = options.stage;
  trigger.is_public = true;
  trigger.context = interrupted;
  const auto endpoint = functions.expose(options.spec.name, trigger);
  if (!endpoint) return fail(endpoint.error());
  std::cout << "exposed " << endpoint->url << '\n';

  int code = 0;
  // What stands for {…} only the caller knows, and how it is asked for OPTIONS.
  if (trigger.path.find('{') == std::string::npos && trigger.method != "OPTIONS") {
    const auto reply = call_url(trigger.method, endpoint->url, std::chrono::seconds(options.patience), interrupted);
    if (!reply) return fail(reply.error());
    std::cout << reply->status << ' ' << reply->body << '\n';
    code = reply->status < 400 ? 0 : 1;
  }
  if (options.wait) {
    std::cout << "serving until it is interrupted" << std::endl;
    while (interrupted.wait_for(std::chrono::hours(1))) {
    }
  }
  return code;
}

int deploy(Options& options) {
  if (!options.route.empty() && options.route.find(' ') == std::string::npos) {
    return refuse("--expose is a method and a path", "as in --expose 'GET /hello'", 2);
  }
  const auto functions = cloudkit::open_function_runtime(options.url);
  if (!functions) return fail(functions.error());
  if (options.remove) {
    const auto removed = functions->remove(options.spec.name, {.cascade = true, .context = interrupted});
    if (!removed) return fail(removed.error());
    std::cout << "removed " << options.spec.name << " and all that belonged to it\n";
    return 0;
  }

  if (const int code = find_code(options); code != 0) return code;
  if (const int code = read_environment(options); code != 0) return code;
  cloudkit::DeployOptions deploy_options;
  deploy_options.context = interrupted;
  const auto function = functions->deploy(options.spec, deploy_options);
  if (!function) return fail(function.error());
  std::cout << "deployed " << function->name << " (" << function->id << ")\n";
  if (!options.route.empty()) return expose_and_call(*functions, options);

  const auto reply = functions->invoke(options.spec.name, "{}", {.context = interrupted});
  if (!reply) return fail(reply.error());
  std::cout << (reply->error ? reply->error->type + ": " + reply->error->message : reply->payload) << '\n';
  return reply->error ? 1 : 0;
}

int run(int argc, char** argv) {
  Options options;
  options.spec.runtime.clear();
  CLI::App app("Deploys a function, puts an HTTP trigger in front of it, and calls it.");
  auto* code = app.add_option("CODE", options.code, "a directory with Python, or a native program");
  app.add_option("--name", options.spec.name, "the function's name")->required();
  app.add_option("--on", options.url, "where: local:///DIR, aws://REGION")->required();
  app.add_option("--handler", options.spec.handler, "file and function of Python: app.handler");
  app.add_option("--runtime", options.spec.runtime, "else python3.12 for a directory, native for a program");
  app.add_option("--env", options.environment, "KEY=VALUE of the function's environment")->allow_extra_args(false);
  app.add_option("--expose", options.route, "method and path of the trigger: 'GET /hello'");
  app.add_option("--stage", options.stage, "first segment of the URL's path: dev");
  app.add_option("--patience", options.patience, "seconds that a new URL may take to answer");
  app.add_flag("--wait", options.wait, "serve until interrupted: on local:// the URL is this program's");
  auto* remove = app.add_flag("--remove", options.remove, "take the function away with all that belongs to it");
  try {
    app.parse(argc, argv);
    if (code->empty() && remove->empty()) throw CLI::RequiredError("CODE");
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return deploy(options);
}

}  // namespace

int main(int argc, char** argv) {
  return run_program([&] { return run(argc, argv); });
}
