#include <cloudkit/open_compute.h>

#include <iostream>

int main() {
  const auto compute = cloudkit::open_compute("mem://package");
  if (!compute) return 1;
  const auto machines = compute->list();
  if (!machines || !machines->empty()) return 2;
  // The clouds are linked: this fails before any I/O, and says why.
  const auto wrong = cloudkit::open_compute("aws://NOWHERE!");
  if (wrong || wrong.error().code != cloudkit::ErrorCode::invalid_argument) return 3;
  std::cout << "compute consumer: ok\n";
}
