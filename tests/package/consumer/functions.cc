#include <cloudkit/open_functions.h>

#include <iostream>

int main() {
  const auto runtime = cloudkit::open_function_runtime("mem://package");
  if (!runtime) return 1;
  const auto all = runtime->list();
  if (!all || !all->empty()) return 2;
  // The clouds are linked: this fails before any I/O, and says why.
  const auto wrong = cloudkit::open_function_runtime("aws://NOWHERE!");
  if (wrong || wrong.error().code != cloudkit::ErrorCode::invalid_argument) return 3;
  std::cout << "functions consumer: ok\n";
}
