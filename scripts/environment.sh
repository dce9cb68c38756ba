# Sourced by the scripts beside it: the pinned Node first in the path, packages installed. Expects $root.

export PATH="$root/node_modules/.bin:$PATH"
export NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE:-$root/node_modules/.cache/sealane/compile}"

# Installs from the lock file when node_modules is missing or older than it. Output only when it fails.
install_packages() {
  local stamp="$root/node_modules/.package-lock.json"
  if [ -e "$stamp" ] && [ ! "$root/package-lock.json" -nt "$stamp" ]; then return 0; fi
  echo "installing packages (npm ci) …"
  local log
  log=$(mktemp)
  if ! (cd "$root" && npm ci --no-audit --no-fund >"$log" 2>&1); then
    cat "$log" >&2
    rm -f "$log"
    echo "npm ci failed; see above" >&2
    return 1
  fi
  rm -f "$log"
  # npm keeps the time stamps of the archive: say that this is newer than the lock file.
  touch "$stamp"
  hash -r
}

# Runs the controller, with what was given.
controller() {
  node "$root/packages/cluster-controller/bin/cluster-controller.js" "$@"
}
