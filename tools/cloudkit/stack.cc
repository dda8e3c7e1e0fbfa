#include "stack.h"

#include "format.h"
#include "location.h"
#include "values.h"

#include <cloudkit/open.h>
#include <cloudkit/open_compute.h>
#include <cloudkit/open_functions.h>
#include <cloudkit/stack_file.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace cloudkit::tool {
namespace {

// The commands that are written `cloudkit stack COMMAND`.
class Stacks final : public Command {
 public:
  const char* name() const override { return "stack"; }
  const char* summary() const override { return "Make true what a file declares, and take it away again"; }

  void declare(Arguments& arguments) override {
    arguments.examples(
        "  cloudkit stack plan main.tf.json --state s3://states/web.json\n"
        "  cloudkit stack apply main.tf.json --state s3://states/web.json --var env=prod\n"
        "  cloudkit stack destroy main.tf.json --state file:///tmp/web.json --on local:///tmp/cloud");
  }
  std::vector<std::unique_ptr<Command>> commands() override {
    std::vector<std::unique_ptr<Command>> made;
    for (auto* make : {stacks::make_plan, stacks::make_apply, stacks::make_destroy, stacks::make_refresh,
                       stacks::make_import, stacks::make_forget, stacks::make_output}) {
      made.push_back(make());
    }
    return made;
  }
  int run(Session&) override { return 2; }  // The command line demands one of its commands.
};

struct Places {
  std::string compute;
  std::string functions;
  std::string objects;
};

// "&a=b&c=d" of a URL's query, but for one key.
std::string query_without(const std::string& url, std::string_view key) {
  std::string kept;
  for (std::size_t end = url.find('?'); end < url.size();) {
    const std::size_t begin = end + 1;
    end = std::min(url.find('&', begin), url.size());
    const std::string pair = url.substr(begin, end - begin);
    if (pair.substr(0, pair.find('=')) != key) kept += '&' + pair;
  }
  return kept;
}

// Everything of one account and region, or below one directory.
Result<Places> places_of(const std::string& on) {
  const auto url = Url::parse(on);
  if (!url) return url.error();
  if (url->scheme == "aws") {
    const std::string more = query_without(on, "schedules");  // That one is for functions alone.
    return Places{on.substr(0, on.find('?')) + (more.empty() ? "" : '?' + more.substr(1)), on,
                  "s3://?region=" + url->host + more};
  }
  if (url->scheme == "local") {
    const std::string directory = on.substr(0, on.find('?'));
    const std::string path = directory.substr(std::string("local://").size());
    return Places{directory + "/machines", directory + "/functions", "file://" + path + "/buckets"};
  }
  // What is kept in memory has one store of buckets, without a name.
  if (url->scheme == "mem") return Places{on, on, "mem://"};
  return Error(ErrorCode::invalid_argument, "--on " + printable(on) + " is no place for a stack",
               "known are: aws://REGION, local:///DIR, mem://NAME");
}

Result<StackProviders> open_providers(const std::string& on) {
  const auto places = places_of(on);
  if (!places) return places.error();
  StackProviders providers;
  auto compute = open_compute(places->compute);
  if (!compute) return std::move(compute).error();
  providers.compute = *std::move(compute);
  auto functions = open_function_runtime(places->functions);
  if (!functions) return std::move(functions).error();
  providers.functions = *std::move(functions);
  auto objects = open_object_store(places->objects);
  if (!objects) return std::move(objects).error();
  providers.objects = *std::move(objects);
  return providers;
}

}  // namespace

std::unique_ptr<Command> make_stack() { return std::make_unique<Stacks>(); }

namespace stacks {

Arguments& Target::declare(Arguments& arguments) {
  return arguments.positional("FILE", file_, "what is declared: main.tf.json, or its directory")
      .required_option("--state", state_, "URL", "where its state is kept: s3://BUCKET/KEY, file:///DIR/KEY")
      .option("--on", on_, "URL", "where its things are: aws://REGION, local:///DIR; else as the file says")
      .option("--var", variables_, "KEY=VALUE", "the value of a variable; may be repeated")
      .option("--name", name_, "NAME", "the stack's name; else that of the file's directory")
      .flag("--accept-edited", accepts_edited_, "believe a state that was edited by hand");
}

Result<StackStore> Target::open_store(const std::string& name) const {
  auto location = parse_location(state_);
  if (!location) return std::move(location).error();
  if (location->bucket_url.empty()) {
    return Error(ErrorCode::invalid_argument, "--state names no bucket", "as in s3://BUCKET/web.json");
  }
  auto bucket = tool::open(*location);
  if (!bucket) return std::move(bucket).error();
  if (location->names_object()) return StackStore{*std::move(bucket), location->key};
  return StackStore{*std::move(bucket), location->key.empty() ? std::string() : location->key + name + ".json"};
}

Result<StackDeployment> Target::open() const {
  StackFileOptions options;
  options.name = name_;
  auto variables = pairs_of(variables_, "--var");
  if (!variables) return std::move(variables).error();
  options.variables = *std::move(variables);
  std::error_code failed;
  const bool is_directory = std::filesystem::is_directory(file_, failed);
  auto file = read_stack_file(is_directory ? file_ + "/main.tf.json" : file_, options);
  if (!file) return std::move(file).error();
  if (on_.empty() && file->region.empty()) {
    return Error(ErrorCode::invalid_argument, "the file does not say where its things are",
                 "--on aws://REGION does, or {\"provider\": {\"aws\": {\"region\": …}}}");
  }
  auto providers = open_providers(on_.empty() ? "aws://" + file->region : on_);
  if (!providers) return std::move(providers).error();
  auto store = open_store(file->stack.name());
  if (!store) return std::move(store).error();
  return StackDeployment(std::move(file->stack), *std::move(providers), *std::move(store));
}

bool shows_color(const Output& out) {
  const char* const no_color = std::getenv("NO_COLOR");
  return !out.json() && out.prints_to_terminal() && (no_color == nullptr || *no_color == '\0');
}

void print_lines(Output& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    out.line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace stacks
}  // namespace cloudkit::tool
