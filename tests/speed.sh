#!/usr/bin/env bash
# Prints what is required of the packaged executable's speed, and what it reaches on this machine: tests/speed.sh [ROUNDS [PART...]]
# Takes some ten minutes with 3 ROUNDS (the default), on a machine that does nothing else. Needs mosquitto and mosquitto-clients, and what the packaged executable's build needs.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -z "${PLOTUNE_MQTT_EXECUTABLE-}" ]; then
    ./build.linux.sh >&2
    packaged=$(mktemp -d)
    trap 'rm -rf "$packaged"' EXIT
    tar -xzf dist/plotune-mqtt-extension-linux-x86_64.tar.gz -C "$packaged"
    PLOTUNE_MQTT_EXECUTABLE=$packaged/plotune_mqtt_extension
fi

dotnet build tests/Plotune.Mqtt.Benchmarks -c Release -v quiet -nologo >&2
dotnet run --project tests/Plotune.Mqtt.Benchmarks -c Release --no-build -- speed "$PLOTUNE_MQTT_EXECUTABLE" "${1:-3}" "${@:2}"
