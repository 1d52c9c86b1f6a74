# Everything comes from Debian 12's packages; `deploy/install-deps.sh` installs them.
# Versions below are floors: older ones have known security holes that no setting of ours covers.
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(Boost 1.74 REQUIRED)
find_package(yaml-cpp 0.7 REQUIRED)
find_package(spdlog 1.10 REQUIRED)
find_package(CLI11 2.1 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(PkgConfig REQUIRED)
if(SLIM_BENCH)
  find_package(benchmark 1.7 QUIET)  # without it there are no micro-benchmarks
endif()
# 1.52 with Debian's fixes for rapid reset and CONTINUATION floods; the options that switch them on
# are probed so that an unpatched library does not build.
pkg_check_modules(NGHTTP2 REQUIRED IMPORTED_TARGET libnghttp2>=1.52)
# Metric types and the text format alone; its CMake package also wants a web server. Debian has it as
# prometheus-cpp-dev.
pkg_check_modules(PROMETHEUS REQUIRED IMPORTED_TARGET prometheus-cpp-core>=1.0)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash>=0.8)

include(CheckSymbolExists)
set(CMAKE_REQUIRED_LIBRARIES PkgConfig::NGHTTP2)
check_symbol_exists(nghttp2_option_set_stream_reset_rate_limit nghttp2/nghttp2.h
                    SLIM_NGHTTP2_HAS_RESET_LIMIT)
check_symbol_exists(nghttp2_option_set_max_continuations nghttp2/nghttp2.h
                    SLIM_NGHTTP2_HAS_CONTINUATION_LIMIT)
unset(CMAKE_REQUIRED_LIBRARIES)
if(NOT SLIM_NGHTTP2_HAS_RESET_LIMIT OR NOT SLIM_NGHTTP2_HAS_CONTINUATION_LIMIT)
  message(FATAL_ERROR "nghttp2 lacks the fixes for CVE-2023-44487 and CVE-2024-28182")
endif()
