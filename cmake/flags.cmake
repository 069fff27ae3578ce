# liqd_flags: an interface target with the warnings of our style, the sanitizer and the hardening of
# the preset. Every target of ours links it.
add_library(liqd_flags INTERFACE)

target_compile_options(liqd_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wundef -Wdouble-promotion -Wformat=2
  -Wimplicit-fallthrough -Wvla
  $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes> $<$<COMPILE_LANGUAGE:C>:-Wmissing-prototypes>
  -fno-common)
if(LIQD_WERROR)
  target_compile_options(liqd_flags INTERFACE -Werror)
endif()

if(LIQD_SANITIZE)
  target_compile_options(liqd_flags INTERFACE
    -fsanitize=${LIQD_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(liqd_flags INTERFACE -fsanitize=${LIQD_SANITIZE})
  if(CMAKE_C_COMPILER_ID STREQUAL "GNU") # which sees ghosts in what sanitizers add
    target_compile_options(liqd_flags INTERFACE -Wno-maybe-uninitialized)
  endif()
endif()
if(NOT LIQD_SIMD)
  target_compile_definitions(liqd_flags INTERFACE LQ_NO_SIMD)
endif()
if(LIQD_FUZZ)
  target_compile_options(liqd_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(LIQD_COVERAGE)
  target_compile_options(liqd_flags INTERFACE --coverage)
  target_link_options(liqd_flags INTERFACE --coverage)
endif()

if(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(liqd_flags INTERFACE -fstack-protector-strong -U_FORTIFY_SOURCE
    -D_FORTIFY_SOURCE=2)
  # What position independent code allows for, that a function of ours is replaced when a program is
  # loaded, keeps its own file from inlining it.
  target_compile_options(liqd_flags INTERFACE -fno-semantic-interposition)
  # Structs of some hundred bytes are copied and cleared on the way to a transaction; gcc does so by
  # the CPU's string instructions, whose start takes as long as libc's whole copy.
  if(CMAKE_C_COMPILER_ID STREQUAL "GNU" AND CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
    target_compile_options(liqd_flags INTERFACE -mstringop-strategy=libcall)
  endif()
  if(CMAKE_C_COMPILER_ID STREQUAL "GNU") # each function in a section, for its linker to order
    target_compile_options(liqd_flags INTERFACE -ffunction-sections)
    set(LIQD_LIVE_TEXT ON)
  endif()
  target_link_options(liqd_flags INTERFACE -Wl,-z,relro,-z,now)
endif()

if(LIQD_SANITIZE) # three times as fast as without, and as readable
  set(CMAKE_C_FLAGS_DEBUG "-O1 -g")
  set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g")
endif()
set(CMAKE_C_FLAGS_RELEASE "-O3 -g -DNDEBUG")
set(CMAKE_CXX_FLAGS_RELEASE "-O3 -g -DNDEBUG")
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
