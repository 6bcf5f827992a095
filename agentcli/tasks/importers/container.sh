# Runs a script that was written for a container with /app, /tests, /logs and /solution, in a
# sandbox where none of these can be made: their places are written into copies of the scripts.
#   bash container.sh FOLDER SCRIPT
# The exit code is the script's own, unless it leaves rewards: then 0 if all are 1.
set -u
work=$PWD
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
mkdir -p "$place/logs/verifier" "$place/logs/agent"
cp -R "$1" "$place/copy"
before='(^|[^A-Za-z0-9_.~}/-])'  # what can't stand before an absolute path
find "$place/copy" -type f -exec grep -Iq . {} \; -print | while IFS= read -r file; do
    sed -E -i \
        -e "s#$before/(tests|solution)\\b#\\1$place/copy#g" \
        -e "s#$before/logs\\b#\\1$place/logs#g" \
        -e "s#$before/app\\b#\\1$work#g" \
        "$file"
done

# Without a network nothing can be installed; what the image has must do.
installs_nothing() { :; }
pytest_of_the_image() {
    local kept=()
    while [ $# -gt 0 ]; do
        case $1 in
            -p | --python | -w | --with | --ctrf) shift ;;
            pytest) ;;
            *) kept+=("$1") ;;
        esac
        shift
    done
    python3 -m pytest -p no:cacheprovider "${kept[@]}"
}
apt-get() { installs_nothing; }
apt() { installs_nothing; }
curl() { installs_nothing; }
pip() { installs_nothing; }
uvx() { pytest_of_the_image "$@"; }
uv() {
    if [ "$1" = run ]; then
        shift
        pytest_of_the_image "$@"
    fi
}
export -f installs_nothing pytest_of_the_image apt-get apt curl pip uvx uv

export TEST_DIR="$place/copy"
bash "$place/copy/$2"
code=$?
rewards="$place/logs/verifier"
if [ -f "$rewards/reward.txt" ]; then
    awk '{ exit !($1 >= 1) }' "$rewards/reward.txt"
    code=$?
elif [ -f "$rewards/reward.json" ]; then
    python3 -c 'import json, sys; sys.exit(min(json.load(sys.stdin).values()) < 1)' \
        <"$rewards/reward.json"
    code=$?
fi
exit $code
