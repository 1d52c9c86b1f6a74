/// The one place that knows where Catch2 keeps its header: 2.13 in Debian 12, 3.x elsewhere.
#pragma once

#if __has_include(<catch2/catch.hpp>)
#include <catch2/catch.hpp>
#else
#include <catch2/catch_all.hpp>
#endif
