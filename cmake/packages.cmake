# The system libraries, all from Debian; tools/setup installs them.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

# liqd_package(yaml yaml-0.1) defines the imported target PkgConfig::yaml.
function(liqd_package name module)
  pkg_check_modules(${name} QUIET IMPORTED_TARGET GLOBAL ${module})
  if(NOT TARGET PkgConfig::${name})
    message(FATAL_ERROR "${module} is not installed: run tools/setup")
  endif()
endfunction()

liqd_package(crypto libcrypto)
liqd_package(curl libcurl)
liqd_package(jansson jansson)
liqd_package(secp256k1 libsecp256k1)
liqd_package(sqlite3 sqlite3)
liqd_package(yaml yaml-0.1)

# liqd_library(Ev::ev ev ev.h) does so for a library that comes without a .pc file.
function(liqd_library target library header)
  find_library(LIQD_LIBRARY_${library} ${library})
  find_path(LIQD_INCLUDE_${library} ${header})
  if(NOT LIQD_LIBRARY_${library} OR NOT LIQD_INCLUDE_${library})
    message(FATAL_ERROR "lib${library} is not installed: run tools/setup")
  endif()
  add_library(${target} UNKNOWN IMPORTED GLOBAL)
  set_target_properties(${target} PROPERTIES IMPORTED_LOCATION ${LIQD_LIBRARY_${library}}
    INTERFACE_INCLUDE_DIRECTORIES ${LIQD_INCLUDE_${library}})
endfunction()

liqd_library(Ev::ev ev ev.h)
