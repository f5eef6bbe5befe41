# SPDX-License-Identifier: Apache-2.0
# cmake -D file=in.otf -D bytes=out.inc -P embed.cmake: a file's bytes as C++ integers.
file(READ ${file} hex HEX)
string(REGEX REPLACE "(..)" "0x\\1,\n" integers "${hex}")
file(WRITE ${bytes} "${integers}\n")
