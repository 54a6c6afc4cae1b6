# A build with Visual Studio on Windows, its libraries from vcpkg.json; included by the top CMakeLists.txt.
# UNTESTED: it says what is meant; nobody has built it so yet. What is shipped is built by mingw-w64.

find_package(OpenSSL 3.5 REQUIRED)
find_package(fmt CONFIG REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(yaml-cpp CONFIG REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(CLI11 CONFIG REQUIRED)
if(BUILD_TESTING)
  find_package(Catch2 CONFIG REQUIRED)
endif()

# As windows-program.cmake does it: known settings for every file, and libraries that are no KnownDLLs loaded late.
add_library(windows_options INTERFACE)
target_compile_options(windows_options INTERFACE /W4 /permissive- /utf-8 /Zc:__cplusplus /guard:cf)
target_compile_definitions(windows_options INTERFACE
  UNICODE _UNICODE NOMINMAX WIN32_LEAN_AND_MEAN STRICT _WIN32_WINNT=0x0A00 NTDDI_VERSION=0x0A000002
  BOOST_SYSTEM_USE_UTF8)
target_link_libraries(windows_options INTERFACE bcrypt crypt32 iphlpapi userenv winhttp ws2_32 delayimp)
target_link_options(windows_options INTERFACE
  /DYNAMICBASE /HIGHENTROPYVA /NXCOMPAT /GUARD:CF /CETCOMPAT /MANIFEST:NO
  /DELAYLOAD:bcrypt.dll /DELAYLOAD:crypt32.dll /DELAYLOAD:ole32.dll /DELAYLOAD:shell32.dll /DELAYLOAD:user32.dll
  /DELAYLOAD:iphlpapi.dll /DELAYLOAD:userenv.dll /DELAYLOAD:winhttp.dll)

function(finish_windows_program program)
  configure_file(${PROJECT_SOURCE_DIR}/agent/platform/windows/program.rc.in program.rc @ONLY)
  configure_file(${PROJECT_SOURCE_DIR}/agent/platform/windows/program.manifest.in program.manifest @ONLY)
  configure_file(${PROJECT_SOURCE_DIR}/agent/platform/windows/event_messages.mc event_messages.mc @ONLY NEWLINE_STYLE DOS)
  set(messages ${PROJECT_BINARY_DIR}/event_messages.rc ${PROJECT_BINARY_DIR}/MSG00409.bin)
  add_custom_command(OUTPUT ${messages} COMMAND mc -c -U -h . -r . event_messages.mc
    DEPENDS ${PROJECT_BINARY_DIR}/event_messages.mc WORKING_DIRECTORY ${PROJECT_BINARY_DIR} VERBATIM)
  target_sources(${program} PRIVATE ${PROJECT_BINARY_DIR}/program.rc)
  set_source_files_properties(${PROJECT_BINARY_DIR}/program.rc PROPERTIES OBJECT_DEPENDS "${messages}")
endfunction()
