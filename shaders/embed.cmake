# SPDX-License-Identifier: Apache-2.0
# cmake -D spirv=in.spv -D words=out.inc -P embed.cmake: SPIR-V words as C++ integers.
# A module is little-endian words, so the four bytes of each are printed in reverse.
file(READ ${spirv} bytes HEX)
string(REGEX REPLACE "(..)(..)(..)(..)" "0x\\4\\3\\2\\1,\n" integers "${bytes}")
file(WRITE ${words} "${integers}")
