# SPDX-License-Identifier: Apache-2.0
# Sourced by lemnos and check (bash, in the repository root): the packages, and a build that is
# quiet unless it has work or fails. Output goes to standard error; standard input is left alone.

# What the product needs to be built and to run, on Debian 12.
packages=(
  g++ cmake ninja-build                                      # build
  glslang-tools glslang-dev spirv-tools                      # shaders, before and at run time
  libvulkan-dev libfmt-dev libspdlog-dev libcli11-dev nlohmann-json3-dev libpng-dev zlib1g-dev
  libjpeg62-turbo-dev libxxhash-dev libsentencepiece-dev pkgconf
  libvulkan1 mesa-vulkan-drivers dataset-fashion-mnist       # run time
  libsentencepiece0 fortunes
)
# What ./lemnos viewer needs besides.
viewer_packages=(libimgui-dev libglfw3-dev)
# What ./check needs besides, the viewer's included.
check_packages=(git python3 clang-format doctest-dev vulkan-validationlayers
                xvfb xdotool openbox)  # a display for the viewer's tests

elsewhere=  # on another system: what to say when the build fails, perhaps for want of a package

say() { printf 'lemnos: %s\n' "$*" >&2; }

# install_missing PACKAGE...: installs what is missing, or says what to do and exits 1.
install_missing() {
  local id= version= missing installed
  [[ -r /etc/os-release ]] && . <(sed -n 's/^ID=/id=/p; s/^VERSION_ID=/version=/p' /etc/os-release)
  if [[ $id != debian || $version != 12 ]]; then
    elsewhere="Packages are installed on Debian 12 only; this system needs what these hold: $*"
    local tool
    for tool in c++ cmake ninja glslangValidator; do
      command -v "$tool" >/dev/null || { say "$tool is not installed. $elsewhere"; exit 1; }
    done
    return
  fi
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sort -u)
  missing=()
  local package
  for package in "$@"; do
    [[ $'\n'$installed$'\n' == *$'\n'"installed $package"$'\n'* ]] || missing+=("$package")
  done
  ((${#missing[@]})) || return 0

  local sudo=()
  ((EUID == 0)) || sudo=(sudo)
  if ((EUID != 0)) && ! command -v sudo >/dev/null; then
    say "these packages are missing, and neither root nor sudo is here to install them. Please run:"
    printf '  apt-get install --no-install-recommends %s\n' "${missing[*]}" >&2
    exit 1
  fi
  say "installing packages: ${missing[*]}"
  mkdir -p build
  if ! { "${sudo[@]}" apt-get update -q &&
         "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
           apt-get install -q -y --no-install-recommends "${missing[@]}"; } \
       </dev/null >build/packages.log 2>&1; then
    cat build/packages.log >&2
    say "the installation failed (log above). Please run, as root:"
    printf '  apt-get install --no-install-recommends %s\n' "${missing[*]}" >&2
    exit 1
  fi
}

# quietly LOG COMMAND...: runs a build command, output into LOG; if it fails, shows LOG, exits 1.
# While ninja works, its "[done/total]" is shown on one line of a terminal, or every tenth step.
quietly() {
  local log=$1 line step= shown=
  shift
  while IFS= read -r line; do
    [[ $line =~ ^\[([0-9]+)/([0-9]+)\]\ (Building|Compiling|Linking) ]] || continue
    if [[ -t 2 ]]; then
      printf '\r\033[Klemnos: building %s of %s' "${BASH_REMATCH[@]:1:2}" >&2
      shown=1
    elif [[ $step != $((BASH_REMATCH[1] * 10 / BASH_REMATCH[2])) ]]; then
      step=$((BASH_REMATCH[1] * 10 / BASH_REMATCH[2]))
      say "building ${BASH_REMATCH[1]} of ${BASH_REMATCH[2]}"
    fi
  done < <("$@" </dev/null 2>&1 | tee "$log"; exit "${PIPESTATUS[0]}")
  wait $!
  local failed=$?
  [[ -z $shown ]] || printf '\r\033[K' >&2
  if ((failed)); then
    grep -vE '^\[[0-9]+/[0-9]+\] (Building|Compiling|Linking)' "$log" >&2
    say "failed: $* (log: $log)"
    [[ -z $elsewhere ]] || say "$elsewhere"
    exit 1
  fi
}

# One build at a time in a folder: whoever comes second waits, then has nothing to do.
lock() {
  mkdir -p "$1"
  exec {lock_fd}>"$1/.lock"
  flock -n "$lock_fd" || { say "waiting for another build in $1/"; flock "$lock_fd"; }
}
unlock() { exec {lock_fd}>&-; }
