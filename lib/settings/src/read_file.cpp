#include "read_file.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include <slim/base/bytes.hpp>
#include <slim/base/utf8.hpp>

namespace slim::settings {
namespace {

using Text = base::Result<std::string, std::string>;

class File {
 public:
  // Not blocking: opening a pipe that nobody writes to would wait.
  explicit File(const char* path) : fd_(::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int fd() const noexcept { return fd_; }

 private:
  int fd_;
};

Text system_failure() { return base::fail(std::generic_category().message(errno)); }

Text read_all(int fd) {
  std::string out;
  std::array<char, 16384> chunk{};
  for (;;) {
    const ssize_t n = ::read(fd, chunk.data(), chunk.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_failure();
    if (n == 0) return out;
    out.append(chunk.data(), static_cast<std::size_t>(n));
    if (out.size() > kMaxFileBytes) return base::fail(std::string("larger than 4 MiB"));
  }
}

}  // namespace

Text read_text_file(const std::string& path) {
  const File file(path.c_str());
  if (file.fd() < 0) return system_failure();
  struct stat status {};
  if (::fstat(file.fd(), &status) != 0) return system_failure();
  if (!S_ISREG(status.st_mode)) return base::fail(std::string("not a regular file"));
  Text text = read_all(file.fd());
  if (text && !base::is_utf8(base::as_bytes(*text))) return base::fail(std::string("not UTF-8"));
  return text;
}

}  // namespace slim::settings
