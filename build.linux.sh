#!/usr/bin/env bash
# Builds dist/plotune-mqtt-extension-linux-x86_64.tar.gz and its .sha256: a native executable that needs no .NET on the machine it runs on.
# The archive of the build before is kept under dist/history. Symbols stay in dist/symbols.
set -euo pipefail
cd "$(dirname "$0")"

name=plotune-mqtt-extension-linux-x86_64
executable=plotune_mqtt_extension
dist=$PWD/dist

missing=()
command -v dotnet >/dev/null || missing+=(".NET 10 SDK (dotnet)")
linker=
for candidate in clang gcc; do
    if command -v "$candidate" >/dev/null; then linker=$candidate; break; fi
done
[ -n "$linker" ] || missing+=("a C compiler to link with (Debian: gcc, or clang)")
if [ -n "$linker" ] && ! printf '#include <zlib.h>\nint main(void){return zlibVersion()==0;}\n' | "$linker" -x c - -lz -o /dev/null 2>/dev/null; then
    missing+=("zlib headers (Debian: zlib1g-dev)")
fi
command -v tar >/dev/null || missing+=("tar")
command -v sha256sum >/dev/null || missing+=("sha256sum (Debian: coreutils)")
if [ ${#missing[@]} -gt 0 ]; then
    echo "build.linux.sh: missing:" >&2
    printf '  - %s\n' "${missing[@]}" >&2
    exit 2
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "Compiling (linking with $linker) ..."
dotnet publish src/Plotune.Mqtt.Agent/Plotune.Mqtt.Agent.csproj -c Release -r linux-x64 -v quiet -nologo \
    -p:PublishAot=true -p:CppCompilerAndLinker="$linker" -o "$work/publish"

mkdir -p "$work/archive" "$dist/history" "$dist/symbols"
for file in "$executable" libe_sqlite3.so plugin.json; do
    cp "$work/publish/$file" "$work/archive/$file"
done
cp LICENSE "$work/archive/LICENSE"
chmod 0755 "$work/archive/$executable"
[ ! -f "$work/publish/$executable.dbg" ] || mv "$work/publish/$executable.dbg" "$dist/symbols/"

if [ -f "$dist/$name.tar.gz" ]; then
    built=$(date -u -r "$dist/$name.tar.gz" +%Y%m%dT%H%M%SZ)
    mv "$dist/$name.tar.gz" "$dist/history/$name-$built.tar.gz"
    [ ! -f "$dist/$name.tar.gz.sha256" ] || mv "$dist/$name.tar.gz.sha256" "$dist/history/$name-$built.tar.gz.sha256"
fi
tar -C "$work/archive" --owner=0 --group=0 --sort=name -czf "$dist/$name.tar.gz" .  --transform='s,^\./,,'
(cd "$dist" && sha256sum "$name.tar.gz" >"$name.tar.gz.sha256")
echo "dist/$name.tar.gz: $(du -h "$dist/$name.tar.gz" | cut -f1)"
