# build.sh: for scripts to source, with $root set: packages, building by preset, a temporary directory.
# shellcheck shell=sh disable=SC2154

PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin # where mariadbd is
scratch=

# make_scratch sets $scratch to a temporary directory, the same one every time. remove_scratch is for
# traps.
make_scratch() {
    scratch=${scratch:-$(mktemp -d "${TMPDIR:-/tmp}/fluent-sync.XXXXXX")}
}

remove_scratch() {
    [ -z "$scratch" ] || rm -rf "$scratch"
}

# need SET...: installs the packages that are missing. $yes may be -y: without asking.
need() {
    # shellcheck disable=SC2086
    sh "$root/test/support/packages.sh" ${yes:-} "$@"
}

# Runs cmake, and shows its output only when it fails, without ninja's progress.
cmake_step() {
    cmake "$@" >"$build/build.log" 2>&1 || {
        grep -v '^\[[0-9]*/[0-9]*\]' "$build/build.log" | tail -n 60 >&2
        return 1
    }
}

# build PRESET DIRECTORY TARGETS [-DNAME=VALUE]...: builds the tree of $root in build/DIRECTORY, or in
# $scratch if the tree cannot be written to, and sets $build to that directory.
build() {
    preset=$1 build=$root/build/$2 targets=$3
    shift 3
    if ! mkdir -p "$build" 2>/dev/null || [ ! -w "$build" ]; then
        make_scratch
        build=$scratch/$preset
        mkdir -p "$build"
    fi
    if ! grep -qsxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$build/CMakeCache.txt"; then
        rm -rf "$build/CMakeCache.txt" "$build/CMakeFiles" # none, or of a tree that was moved
    fi
    echo "building in $build"
    cd "$root" || return # where cmake looks for presets
    cmake_step --preset "$preset" -B "$build" "$@"
    # shellcheck disable=SC2086
    cmake_step --build "$build" --target $targets
}
