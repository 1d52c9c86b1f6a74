/// A question to the admin listener and its answer, without sockets.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace slim::admin {

struct Request {
  std::string method;  ///< HEAD is told as GET
  std::string path;    ///< decoded, without the query
  std::map<std::string, std::string> query;
  std::string authorization;
  /// Comes over loopback or a Unix socket, and not from a page in somebody's browser.
  bool local = false;

  /// A parameter's value, or empty.
  [[nodiscard]] std::string_view parameter(const std::string& name) const {
    const auto found = query.find(name);
    return found == query.end() ? std::string_view{} : std::string_view(found->second);
  }
};

struct Response {
  unsigned status = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body;
};

using Respond = std::function<void(Response)>;

/// Splits a request's target; false when it is none. Escapes are decoded, of the query too.
[[nodiscard]] bool parse_target(std::string_view target, Request& out);

/// Who answers. Thread: the listener's. Respond may be called later, from any thread, once.
using Handler = std::function<void(const Request&, Respond)>;

}  // namespace slim::admin
