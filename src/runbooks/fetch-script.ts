/**
 * The script that brings the files of an initialisation home while they are made: rsync over ssh, a checksum on both
 * sides, and only then, if asked, removal on the rented machine. POSIX sh; needs ssh and rsync 3 at home, and ssh, rsync
 * and sha256sum on the machine. Source of the procedure: Spacemesh documentation, Additional Advanced Topics, Cloud GPU.
 */
import { WorkbenchError } from '../base/error';
import { shellWord } from '../base/shell';

export interface FetchPart {
  /** Both inclusive. */
  readonly fromFile: number;
  readonly toFile: number;
}

export interface FetchJob {
  /** Directory on the machines that holds `part-0`, `part-1` and so on. */
  readonly dataDir: string;
  readonly parts: readonly FetchPart[];
  /** Bytes of all files of all parts. */
  readonly dataBytes: number;
  readonly maxFileSizeBytes: number;
}

/**
 * One script for all parts; which part, login, port and key are its arguments.
 * @throws WorkbenchError `fetch-without-parts`, `shell-control-character`, `shell-empty`
 */
export function fetchScript({ dataDir, parts, dataBytes, maxFileSizeBytes }: FetchJob): string {
  if (parts.length === 0)
    throw new WorkbenchError(
      'fetch-without-parts',
      'There is no part to fetch. Enter at least one machine.',
    );
  const lastFile = Math.ceil(dataBytes / maxFileSizeBytes) - 1;
  const lastFileBytes = dataBytes - lastFile * maxFileSizeBytes;
  const cases = parts
    .map(({ fromFile, toFile }, i) => `  ${i}) from=${fromFile} to=${toFile} ;;`)
    .join('\n');
  return `#!/bin/sh
# Brings one part of the PoST data home while it is made. Run it at home, once per machine:
#   sh fetch.sh [-p PORT] [-i KEY] [-r] PART USER@MACHINE DIRECTORY-AT-HOME
#   -p PORT  ssh port of the machine (default 22)
#   -i KEY   file of the ssh key
#   -r       remove each file from the machine after its checksum agreed at home
# It ends when every file of the part is at home. Stop it with Ctrl+C and start it again whenever you like.
# If postcli stops early on a machine from which files were removed, start it again with -fromFile set to the number that
# this script prints: without it postcli would make the removed files again.
set -eu

remote_dir=${shellWord(dataDir)}
file_bytes=${maxFileSizeBytes}
last_file=${lastFile}
last_file_bytes=${lastFileBytes}

fail() { echo "fetch.sh: $1" >&2; exit 2; }

port=22 key= remove=no
while getopts p:i:r option; do
  case $option in
  p) port=$OPTARG ;;
  i) key=$OPTARG ;;
  r) remove=yes ;;
  *) fail 'unknown option. See the first lines of this file.' ;;
  esac
done
shift $((OPTIND - 1))
[ $# -eq 3 ] || fail 'three arguments are needed: PART USER@MACHINE DIRECTORY-AT-HOME'
part=$1 machine=$2 home=$3
case $port in ''|*[!0-9]*) fail "the port must be a number: $port" ;; esac
case $key in *"'"*) fail "the name of the key file must not contain a quote: $key" ;; esac
case $machine in -*|'') fail "not a login: $machine" ;; esac
case $part in
${cases}
  *) fail "there is no part $part" ;;
esac

# Runs a command on the machine; each argument arrives as one word.
on_machine() {
  command=
  for word in "$@"; do
    command="$command '$(printf %s "$word" | sed "s/'/'\\\\\\\\''/g")'"
  done
  if [ -n "$key" ]; then
    ssh -p "$port" -i "$key" -o ConnectTimeout=20 -o ServerAliveInterval=30 "$machine" "$command"
  else
    ssh -p "$port" -o ConnectTimeout=20 -o ServerAliveInterval=30 "$machine" "$command"
  fi
}
transport="ssh -p $port\${key:+ -i '$key'} -o ConnectTimeout=20 -o ServerAliveInterval=30"

bring() { rsync --archive --secluded-args --partial "$@" -e "$transport" ; }

sha256_here() {
  if command -v sha256sum >/dev/null; then sha256sum < "$1"; else shasum -a 256 < "$1"; fi | cut -d ' ' -f 1
}

bytes_of() { if [ -f "$1" ]; then wc -c < "$1" | tr -d ' '; else echo 0; fi; }

source=$remote_dir/part-$part
mkdir -p "$home"
verified=$home/verified.sha256
removed=$home/removed.txt
touch "$verified" "$removed"

# One file: 0 if it is at home and verified, 1 if it has to wait.
fetch_file() {
  name=postdata_$1.bin
  want=$file_bytes
  [ "$1" -ne "$last_file" ] || want=$last_file_bytes
  if ! grep -q "  $name\\$" "$verified" || [ "$(bytes_of "$home/$name")" -ne "$want" ]; then
    have=$(on_machine sh -c 'wc -c < "$1" 2>/dev/null || echo 0' sh "$source/$name" | tr -d ' ') || return 1
    [ "\${have:-0}" -eq "$want" ] || return 1
    bring --append-verify "$machine:$source/$name" "$home/" || return 1
    theirs=$(on_machine sh -c 'sha256sum < "$1"' sh "$source/$name" | cut -d ' ' -f 1) || return 1
    # The connection was lost: nothing is known about the file.
    [ -n "$theirs" ] || return 1
    ours=$(sha256_here "$home/$name")
    if [ "$theirs" != "$ours" ]; then
      echo "$name: the checksums differ, the file is fetched again" >&2
      rm -f "$home/$name"
      return 1
    fi
    echo "$ours  $name" >> "$verified"
    echo "$name: at home, checksum verified"
  fi
  if [ "$remove" = yes ] && ! grep -qx "$name" "$removed"; then
    on_machine rm -f "$source/$name" || return 1
    echo "$name" >> "$removed"
  fi
}

while true; do
  at=$from
  while [ "$at" -le "$to" ] && fetch_file "$at"; do at=$((at + 1)); done
  bring "$machine:$source/postdata_metadata.json" "$home/" 2>/dev/null || true
  if [ "$at" -gt "$to" ]; then
    [ -f "$home/postdata_metadata.json" ] || fail 'all files are at home, but not postdata_metadata.json. Fetch it by hand.'
    echo "part $part is complete"
    exit 0
  fi
  echo "waiting for postdata_$at.bin (if postcli has to be started again: -fromFile $at)"
  sleep "\${FETCH_PAUSE_S:-60}"
done
`;
}
