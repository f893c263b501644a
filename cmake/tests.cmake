# SPDX-License-Identifier: Apache-2.0
#
# project_test(NAME LABEL label [TIMEOUT seconds] [SERIAL] COMMAND ...) - the one way to add a test.
#
# It puts the build's name before the test's (debug.unit.err), because scripts/test counts the tests
# of several builds in one run, and it sets what sanitizers need. A test always has a time limit and
# a label. SERIAL is for a test that measures time. Nothing may call add_test() itself.

get_filename_component(build_name "${CMAKE_BINARY_DIR}" NAME)

function(project_test name)
    cmake_parse_arguments(PARSE_ARGV 1 test "SERIAL" "LABEL;TIMEOUT" "COMMAND")
    if(NOT test_LABEL OR NOT test_COMMAND OR test_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "project_test(${name}): LABEL and COMMAND are needed, nothing unnamed")
    endif()
    if(NOT test_TIMEOUT)
        set(test_TIMEOUT 120)
    endif()
    add_test(NAME ${build_name}.${name} COMMAND ${test_COMMAND})
    set_tests_properties(${build_name}.${name} PROPERTIES
        LABELS ${test_LABEL}
        TIMEOUT ${test_TIMEOUT}
        RUN_SERIAL ${test_SERIAL}
        ENVIRONMENT "ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1;\
UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1;TSAN_OPTIONS=halt_on_error=1")
endfunction()
