# SPDX-License-Identifier: Apache-2.0
#
# Every compiler and linker flag of the project, in three INTERFACE targets that others link:
#   warnings  the warning set, as errors
#   strict    C17 without extensions: the core and the simulator
#   hosted    the same language with the GNU and Linux interfaces of libc: the shell around the core
# Flags that must be the same everywhere (sanitizers, coverage, hardening) are set for the directory
# tree. NDEBUG must never be defined: asserts guard the promises in every build.

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Debug CACHE STRING "" FORCE)
endif()
string(TOUPPER "${CMAKE_BUILD_TYPE}" build_type)
if("${CMAKE_C_FLAGS} ${CMAKE_C_FLAGS_${build_type}}" MATCHES "NDEBUG")
    message(FATAL_ERROR "${CMAKE_BUILD_TYPE} would define NDEBUG, and asserts must stay on. "
                        "Use a preset: cmake --preset release")
endif()

add_library(warnings INTERFACE)
target_compile_options(warnings INTERFACE
    -Wall
    -Wextra
    -Wpedantic
    -Wcast-qual
    -Wconversion
    -Wformat=2
    -Wimplicit-fallthrough
    -Wmissing-prototypes
    -Wnull-dereference
    -Wold-style-definition
    -Wshadow
    -Wstrict-prototypes
    -Wswitch-enum
    -Wundef
    -Wvla
    -Wwrite-strings
    -fno-common
    $<$<BOOL:${WARNINGS_AS_ERRORS}>:-Werror>)
if(WARNINGS_AS_ERRORS)
    # Under LTO the linker warns too, and it must be heard as well.
    target_link_options(warnings INTERFACE -Werror)
endif()

# The core compiles without any feature macro, so that a call to a clock or a socket does not.
add_library(strict INTERFACE)
target_compile_features(strict INTERFACE c_std_17)
target_include_directories(strict INTERFACE "${PROJECT_SOURCE_DIR}/src")

add_library(hosted INTERFACE)
target_compile_features(hosted INTERFACE c_std_17)
target_compile_definitions(hosted INTERFACE _GNU_SOURCE _FILE_OFFSET_BITS=64)
target_include_directories(hosted INTERFACE "${PROJECT_SOURCE_DIR}/src")

if(SANITIZE)
    add_compile_options(-fsanitize=${SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${SANITIZE})
endif()

if(FUZZ)
    if(NOT CMAKE_C_COMPILER_ID STREQUAL "Clang")
        message(FATAL_ERROR "FUZZ needs clang: cmake --preset fuzz")
    endif()
    # Every library counts its edges; a fuzz target adds -fsanitize=fuzzer for the main function.
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()

if(COVERAGE)
    add_compile_options(--coverage -O0)
    add_link_options(--coverage)
endif()

if(HARDEN)
    add_compile_options(
        -fstack-protector-strong -fstack-clash-protection -fPIE
        -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
    add_link_options(-pie -Wl,-z,relro,-z,now,-z,noexecstack)
endif()
