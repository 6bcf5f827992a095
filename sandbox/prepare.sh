#!/bin/sh
# Make the image's only user and its two writable folders. $1: the root directory ("" inside).
set -e
root="$1"
if ! grep -q '^agent:' "$root/etc/passwd"; then
    echo 'agent:x:1000:1000:agent:/home/agent:/bin/bash' >> "$root/etc/passwd"
    echo 'agent:x:1000:' >> "$root/etc/group"
fi
mkdir -p "$root/workspace" "$root/home/agent"
chown 1000:1000 "$root/workspace" "$root/home/agent"
ln -sf python3 "$root/usr/bin/python"
