#!/usr/bin/env bash
# Installs what the tests need (Debian packages, by name), builds everything, the packaged executable included, and runs every test.
# Ends with one line: N passed, N failed, N skipped. Needs the .NET 10 SDK, and root (or sudo) if a package is missing.
set -uo pipefail
cd "$(dirname "$0")/.."

packages=(gcc zlib1g-dev mosquitto mosquitto-clients nats-server redis-server chromium)
absent=()
for package in "${packages[@]}"; do
    [ "$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null)" = "install ok installed" ] || absent+=("$package")
done
if [ ${#absent[@]} -gt 0 ]; then
    echo "Installing ${absent[*]} ..."
    as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    # The servers' own services are not wanted: the tests start servers themselves.
    { "${as_root[@]}" apt-get update -q && DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 "${as_root[@]}" apt-get install -y -q --no-install-recommends "${absent[@]}"; } >/dev/null || {
        echo "tests/run.sh: could not install ${absent[*]}" >&2
        exit 1
    }
fi

echo "Building ..."
dotnet build Plotune.Mqtt.sln -c Release -v quiet -nologo || exit 1
packaged=$(mktemp -d)
results=$(mktemp -d)
trap 'for group in $(jobs -pr); do kill -- "-$group"; done; rm -rf "$packaged" "$results"' EXIT

# Takes minutes, mostly of one core; only the whole-system tests wait for it. A process group of its own, so that nothing of it outlives this script.
set -m
./build.linux.sh >"$results/package.log" 2>&1 </dev/null &
packaging=$!
set +m

# They run against the packaged executable; set to an empty value to run them against the JIT build.
export PLOTUNE_MQTT_EXECUTABLE=${PLOTUNE_MQTT_EXECUTABLE-$packaged/plotune_mqtt_extension}

await_package() {
    wait "$packaging"
    local code=$?
    cat "$results/package.log"
    [ $code -eq 0 ] && tar -xzf dist/plotune-mqtt-extension-linux-x86_64.tar.gz -C "$packaged"
}

passed=0 failed=0 skipped=0 broken=0
for project in $(ls -dr tests/*.Tests) tests/*.IntegrationTests; do
    name=$(basename "$project")
    [ -f "$project/$name.csproj" ] || continue
    case $name in *.IntegrationTests) await_package || exit 1 ;; esac
    echo "Testing $name ..."
    log="$results/$name.log"
    timeout 600 dotnet run --project "$project" -c Release --no-build -- -noColor -longRunning 60 >"$log" 2>&1
    code=$?
    # "NAME  Total: 9, Errors: 0, Failed: 0, Skipped: 1, ...": an error outside a test counts as a failure.
    read -r p f s < <(sed -nE 's/.*Total: ([0-9]+), Errors: ([0-9]+), Failed: ([0-9]+), Skipped: ([0-9]+).*/\1 \2 \3 \4/p' "$log" |
        awk '{t += $1; f += $2 + $3; s += $4; e += $2} END {print t + e - f - s, f + 0, s + 0}')
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    if [ "$code" -ne 0 ] || [ "$p" -eq 0 ]; then
        broken=1
        cat "$log"
        # Once more at the end: what failed, without what the servers of the tests printed meanwhile.
        awk '/^    [^ ].*\[FAIL\]$/ {on = 1; print; next} /^    [^ ]/ {on = 0} on && /^      / {print}' "$log" >>"$results/failures"
    fi
    echo "  $name: $p passed, $f failed, $s skipped (exit code $code)"
done

[ ! -s "$results/failures" ] || cat "$results/failures"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$broken" -eq 0 ] && [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
