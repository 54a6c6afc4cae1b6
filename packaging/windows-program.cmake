# How programs for Windows are compiled, linked and finished; included by the top CMakeLists.txt.

# windows_options: what every file is compiled with, and how every program is linked.
# One file without DLLs of the compiler; ASLR with high entropy and NX; sections aligned like pages, so that a program is
# mapped and not copied; without the time of the build, so that the same sources give the same bytes.
add_library(windows_options INTERFACE)
target_compile_definitions(windows_options INTERFACE
  UNICODE _UNICODE NOMINMAX WIN32_LEAN_AND_MEAN STRICT
  _WIN32_WINNT=0x0A00 WINVER=0x0A00 NTDDI_VERSION=0x0A000002 # Windows 10 1607, Server 2016
  BOOST_SYSTEM_USE_UTF8)
# The symbols name the headers of the libraries by the same path, wherever their cache is on the building machine.
cmake_path(GET dependencies PARENT_PATH libraries_folder)
target_compile_options(windows_options INTERFACE -ffile-prefix-map=${libraries_folder}/=libraries/)
target_link_options(windows_options INTERFACE
  -static -fstack-protector-strong -Wl,--dynamicbase -Wl,--high-entropy-va -Wl,--nxcompat -Wl,--file-alignment,4096
  -Wl,--no-insert-timestamp)

# Libraries that are not among Windows' KnownDLLs would be looked for in the folder of the program first, before main()
# can forbid it. So they are loaded when they are first used; by then only the system's folder counts. ole32, shell32 and
# user32 are among them, and bring so many others that starting takes twice the time: OpenSSL's window for its last words is
# never shown, and where ProgramData is matters to few runs.
# <name>.def lists the functions that are used.
set(delayed_libraries)
foreach(name IN ITEMS bcrypt crypt32 iphlpapi ole32 shell32 user32 userenv winhttp)
  set(definition ${PROJECT_SOURCE_DIR}/packaging/delay-load/${name}.def)
  set(library ${PROJECT_BINARY_DIR}/lib${name}_delayed.a)
  # Without a folder: it would be in the names of symbols.
  add_custom_command(OUTPUT ${library}
    COMMAND x86_64-w64-mingw32-dlltool --machine i386:x86-64 --input-def ${definition} --output-delaylib lib${name}_delayed.a
    DEPENDS ${definition} WORKING_DIRECTORY ${PROJECT_BINARY_DIR} VERBATIM)
  list(APPEND delayed_libraries ${library})
endforeach()
add_custom_target(delay_load DEPENDS ${delayed_libraries})
add_library(delayed_libraries INTERFACE)
add_dependencies(delayed_libraries delay_load)
target_link_libraries(delayed_libraries INTERFACE ${delayed_libraries} delayimp)

# OpenSSL's own list of libraries would bring the ordinary import libraries back.
set_target_properties(OpenSSL::Crypto PROPERTIES INTERFACE_LINK_LIBRARIES "")
target_link_libraries(OpenSSL::Crypto INTERFACE delayed_libraries ws2_32)

# The program as it is shipped: with manifest, version and the texts of its events, its symbols beside it, and the map of
# what is in it.
function(finish_windows_program program)
  configure_file(${PROJECT_SOURCE_DIR}/agent/platform/windows/program.rc.in program.rc @ONLY)
  configure_file(${PROJECT_SOURCE_DIR}/agent/platform/windows/program.manifest.in program.manifest @ONLY)
  # The line ends of the texts are those that Event Viewer shows.
  configure_file(${PROJECT_SOURCE_DIR}/agent/platform/windows/event_messages.mc event_messages.mc @ONLY NEWLINE_STYLE DOS)
  set(messages ${PROJECT_BINARY_DIR}/event_messages.rc ${PROJECT_BINARY_DIR}/MSG00409.bin)
  add_custom_command(OUTPUT ${messages}
    COMMAND x86_64-w64-mingw32-windmc -c -U -h . -r . event_messages.mc
    DEPENDS ${PROJECT_BINARY_DIR}/event_messages.mc WORKING_DIRECTORY ${PROJECT_BINARY_DIR} VERBATIM)
  target_sources(${program} PRIVATE ${PROJECT_BINARY_DIR}/program.rc)
  target_link_options(${program} PRIVATE -Wl,-Map,$<TARGET_FILE:${program}>.map)
  set_source_files_properties(${PROJECT_BINARY_DIR}/program.rc PROPERTIES
    OBJECT_DEPENDS "${PROJECT_BINARY_DIR}/program.manifest;${messages}")
  # --preserve-dates: or the time of this would be in the program.
  set(objcopy ${CMAKE_OBJCOPY} --preserve-dates)
  add_custom_command(TARGET ${program} POST_BUILD
    COMMAND ${objcopy} --only-keep-debug $<TARGET_FILE:${program}> $<TARGET_FILE:${program}>.debug
    COMMAND ${objcopy} --strip-all $<TARGET_FILE:${program}>
    COMMAND ${objcopy} --add-gnu-debuglink=$<TARGET_FILE:${program}>.debug $<TARGET_FILE:${program}>
    VERBATIM)
endfunction()
