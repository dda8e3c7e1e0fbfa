#pragma once

#include <cloudkit/driver/http.h>

#include <string>

/// By the name that published vectors give it.
inline cloudkit::http::Method method_of(const std::string& name) {
  using cloudkit::http::Method;
  for (const auto method : {Method::get, Method::put, Method::post}) {
    if (cloudkit::http::to_string(method) == name) return method;
  }
  return Method::remove;
}
