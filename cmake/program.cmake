# The program, the documents made from its tables, and what is installed.
set(LIQD_CONFIG_DIR ${CMAKE_INSTALL_FULL_SYSCONFDIR}/liqd)
target_compile_definitions(liqd_app PRIVATE
  LIQD_VERSION="${PROJECT_VERSION}" LIQD_CONFIG_DIR="${LIQD_CONFIG_DIR}")
add_executable(liqd src/app/main.c)
target_link_libraries(liqd PRIVATE liqd_app liqd_flags)
set_target_properties(liqd PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
if(LIQD_LIVE_TEXT)
  set(LIQD_LIVE_TEXT_FILE ${PROJECT_SOURCE_DIR}/cmake/live_text.ld)
  target_link_options(liqd PRIVATE -Wl,-T,${LIQD_LIVE_TEXT_FILE})
  set_property(TARGET liqd PROPERTY LINK_DEPENDS ${LIQD_LIVE_TEXT_FILE})
endif()

add_executable(gen_docs src/app/gen_docs.c)
target_link_libraries(gen_docs PRIVATE liqd_app liqd_flags)
target_compile_definitions(gen_docs PRIVATE LIQD_CONFIG_DIR="${LIQD_CONFIG_DIR}")
set(LIQD_DOCS ${CMAKE_BINARY_DIR}/docs)
add_custom_command(
  OUTPUT ${LIQD_DOCS}/liqd.yaml
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${LIQD_DOCS}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${LIQD_DOCS}
  COMMAND gen_docs ${LIQD_DOCS}
  DEPENDS gen_docs)
add_custom_target(docs ALL DEPENDS ${LIQD_DOCS}/liqd.yaml)

# cmake --build --preset dev --target update_config: brings config/liqd.yaml up to date.
add_custom_target(update_config
  COMMAND ${CMAKE_COMMAND} -E copy ${LIQD_DOCS}/liqd.yaml ${PROJECT_SOURCE_DIR}/config/liqd.yaml
  DEPENDS docs)

install(TARGETS liqd)
# /usr/lib/systemd/system below /usr, as Debian has it.
set(LIQD_SYSTEMD_DIR lib/systemd/system CACHE PATH "Where liqd.service is installed")
configure_file(config/systemd/liqd.service.in ${CMAKE_BINARY_DIR}/liqd.service @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/liqd.service DESTINATION ${LIQD_SYSTEMD_DIR})
# What the operator has changed stays; the newest defaults stand beside the documents.
install(DIRECTORY config/ DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/liqd/config
  PATTERN systemd EXCLUDE)
install(CODE "
  file(GLOB_RECURSE files RELATIVE \"${PROJECT_SOURCE_DIR}/config\"
    \"${PROJECT_SOURCE_DIR}/config/*.yaml\")
  foreach(file IN LISTS files)
    if(NOT EXISTS \"\$ENV{DESTDIR}${LIQD_CONFIG_DIR}/\${file}\")
      cmake_path(GET file PARENT_PATH folder)
      file(INSTALL \"${PROJECT_SOURCE_DIR}/config/\${file}\"
        DESTINATION \"${LIQD_CONFIG_DIR}/\${folder}\")
    endif()
  endforeach()")
install(DIRECTORY ${LIQD_DOCS}/man1 ${LIQD_DOCS}/man5 DESTINATION ${CMAKE_INSTALL_MANDIR})
install(FILES ${LIQD_DOCS}/liqd.bash RENAME liqd
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
# Debian's zsh looks there below /usr, and in site-functions below /usr/local.
foreach(folder vendor-completions site-functions)
  install(FILES ${LIQD_DOCS}/liqd.zsh RENAME _liqd
    DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/${folder})
endforeach()
install(FILES ${LIQD_DOCS}/liqd.fish
  DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
