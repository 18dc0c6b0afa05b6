/**
 * Commands and checklists for moving PoST data and keys between disks and machines. Pure text: nothing here touches a file.
 * Every path is quoted, so that the worst of names stays one argument. rsync(1), robocopy and sftp(1) for the options.
 */
import { WorkbenchError } from '../base/error';
import { powershellPath, shellPath, shellWord, systemdUnitName } from '../base/shell';
import { withoutTrailing } from '../base/text';
import type { ChecklistStep, Platform } from './platform';
import {
  commandAt,
  placeName,
  plainPath,
  remoteLocation,
  rsyncSshOption,
  sshProgram,
  type Place,
} from './remote';

export interface CopyOptions {
  readonly from: Place;
  readonly to: Place;
  /** 'contents': what is in the folder goes into the target folder. 'folder': the folder itself goes there. */
  readonly what: 'contents' | 'folder';
  /** The system on which the command is pasted; Linux by default. */
  readonly platform?: Platform | undefined;
  /** Starts again after a lost connection, and ends at every other error. */
  readonly untilDone?: boolean;
  /** Compares contents by checksum, not size and time. Reads everything on both sides. */
  readonly checksum?: boolean;
  /** Only states what it would do. */
  readonly dryRun?: boolean;
  /** Kilobytes a second at most. */
  readonly limitKBs?: number | undefined;
}

/**
 * The command that copies: rsync, or what Windows has. No option deletes anything.
 * @throws WorkbenchError `copy-…`, `shell-…`
 */
export function copyCommand(options: CopyOptions): string {
  requireTwoPlaces(options);
  return options.platform === 'windows' ? windowsCopy(options) : rsyncCommand(options);
}

function requireTwoPlaces({ from, to }: CopyOptions): void {
  if (from.remote && to.remote)
    throw new WorkbenchError(
      'copy-two-remotes',
      'The command copies from or to this machine. Run it on one of the two others.',
    );
  if (!from.remote && !to.remote && trimSlashes(from.path) === trimSlashes(to.path))
    throw new WorkbenchError('copy-onto-itself', 'Source and target are the same folder.');
}

/**
 * The slash at the end of the source decides whether the folder or its contents are copied; that of the target is put for
 * both, so that a missing target becomes a folder.
 */
function rsyncCommand(options: CopyOptions): string {
  const { from, to, what, untilDone, checksum, dryRun, limitKBs, platform = 'linux' } = options;
  const source = `${trimSlashes(from.path)}${what === 'contents' ? '/' : ''}`;
  const remote = from.remote ?? to.remote;
  // macOS has another rsync, which knows fewer options.
  const isGnu = platform === 'linux';
  const words = [
    'rsync',
    '--archive',
    // An interrupted file goes on where it stopped; for local copies only with the second option.
    '--partial',
    ...(isGnu ? ['--no-whole-file', '--info=progress2', '--human-readable'] : ['--progress']),
    ...(checksum ? ['--checksum'] : []),
    ...(dryRun ? ['--dry-run', '--itemize-changes'] : []),
    ...(limitKBs === undefined ? [] : [`--bwlimit=${positive(limitKBs)}`]),
    ...(remote
      ? ['--timeout=120', ...(isGnu ? ['--protect-args'] : []), ...rsyncSshOption(remote)]
      : []),
    '--',
    location({ ...from, path: source }, isGnu),
    location({ ...to, path: `${trimSlashes(to.path)}/` }, isGnu),
  ];
  const command = words.join(' ');
  return untilDone ? retried(command) : command;
}

/** Connection lost (10, 12, 30, 35) or ssh ended (255), rsync(1): only these pass by themselves. */
const passing = '10|12|30|35|255';
/** Attempts in a row that ended within 5 minutes: half an hour without a connection. Then something has to be fixed. */
const mostTries = 60;

/** In a shell of its own, so that its end is not that of the terminal. */
const retried = (command: string): string => `(
tries=0
while :; do
  started=$(date +%s)
  ${command}
  code=$?
  case $code in
  0) echo 'Copy complete.'; exit 0 ;;
  ${passing}) ;;
  *) echo "Copy stopped with code $code. Fix the cause that rsync printed, then paste this again."; exit $code ;;
  esac
  [ $(($(date +%s) - started)) -lt 300 ] || tries=0
  tries=$((tries + 1))
  [ $tries -lt ${mostTries} ] || { echo 'No connection for too long. Check the address and the login.'; exit $code; }
  echo 'Connection lost. It continues in 30 s.'
  sleep "\${COPY_PAUSE_S:-30}"
done
)`;

/** "/" itself stays; "/data//" becomes "/data", so that "//" never names something else. */
const trimSlashes = (path: string): string =>
  withoutTrailing(path, '/') || (path === '' ? '' : '/');

const positive = (value: number): number => {
  if (Number.isInteger(value) && value > 0) return value;
  throw new WorkbenchError('copy-limit-invalid', 'A limit must be a whole number above 0.', {
    value,
  });
};

function location({ path, remote }: Place, isProtected: boolean): string {
  const clean = path.replace(/\/{2,}$/, '/');
  if (!remote) return shellPath(localPath(clean));
  // --protect-args keeps the remote shell away from the path; this shell's layer is ours.
  return shellWord(remoteLocation(remote, isProtected ? clean : plainPath(clean)));
}

/** rsync takes what is before a colon for a host, unless a slash comes first. */
const localPath = (path: string): string =>
  /^[^/]*:/.test(path) && !path.startsWith('~') ? `./${path}` : path;

const trimBackslashes = (path: string): string => withoutTrailing(withoutTrailing(path, '/'), '\\');

/** robocopy between folders of this machine; sftp, which comes with Windows, for another machine. */
function windowsCopy({ from, to, what, checksum, dryRun }: CopyOptions): string {
  const name = /[^\\/]*$/.exec(trimBackslashes(from.path))?.[0] ?? '';
  const remote = from.remote ?? to.remote;
  if (!remote) {
    const source = powershellPath(trimBackslashes(from.path));
    const folder = trimBackslashes(to.path);
    const target = powershellPath(what === 'folder' ? `${folder}\\${name}` : folder);
    if (checksum)
      return `Compare-Object (Get-ChildItem -File ${source} | Get-FileHash) (Get-ChildItem -File ${target} | Get-FileHash) -Property Hash`;
    return `robocopy ${source} ${target} /E /Z /J /R:3 /W:10${dryRun ? ' /L' : ''}`;
  }
  const login = remoteLocation(remote, '').slice(0, -1);
  const sftp = `${sshProgram('sftp', remote, 'windows')} -a -p -r`;
  if (from.remote) {
    const source = `${plainPath(trimSlashes(from.path))}${what === 'contents' ? '/*' : ''}`;
    const target = powershellPath(trimBackslashes(to.path));
    return `New-Item -ItemType Directory -Force ${target} | Out-Null; ${sftp} '${login}:${source}' ${target}`;
  }
  const source = `${plainPath(trimBackslashes(from.path).replaceAll('\\', '/'))}${what === 'contents' ? '/*' : ''}`;
  return `'put -a -p -r ${source} ${plainPath(trimSlashes(to.path))}/' | ${sshProgram('sftp', remote, 'windows')} -b - ${login}`;
}

export interface MoveOptions extends CopyOptions {
  /** systemd unit of the node or post-service on the source; absent where it is started by hand. */
  readonly unit?: string | undefined;
  /** Key file of the identity on the source, where it moves as well. */
  readonly keyFile?: string | undefined;
  /** Folder of the keys on the target. */
  readonly keyTarget?: string | undefined;
}

/** Moving an identity's PoST data, in the order that cannot end in two nodes with one key. */
export function moveChecklist(options: MoveOptions): ChecklistStep[] {
  const { unit, from, to, platform = 'linux' } = options;
  const isLinux = platform === 'linux';
  const source = placeName(from);
  const target = placeName(to);
  return [
    {
      id: 'when',
      text: 'Choose the time: right after a PoST proof, never during the cycle gap.',
      because:
        'Between the end of a PoET round and the publication of the ATX the data must be readable. A missed proof costs the rewards of an epoch.',
    },
    {
      id: 'stop',
      text: `On the source (${source}): stop what uses the data, so that it does not start again by itself.`,
      because: 'Two nodes with one key are equivocation: the identity is lost forever.',
      danger: true,
      command:
        unit === undefined || !isLinux
          ? undefined
          : commandAt(from, `sudo systemctl disable --now ${systemdUnitName(unit)}`, true),
    },
    {
      id: 'space',
      text: `On the target (${target}): check that there is enough free space.`,
      command: freeSpace(to, platform),
    },
    {
      id: 'copy',
      text: 'Copy. After an interruption it continues where it stopped; any other error ends it.',
      command: copyCommand({ ...options, untilDone: options.untilDone ?? true }),
    },
    {
      id: 'compare',
      text: 'Compare the two folders: here in the page, or with this command, which lists what differs and otherwise nothing.',
      because: 'A bad file shows only when a proof fails, months later.',
      command:
        platform === 'windows' && (from.remote ?? to.remote)
          ? undefined
          : copyCommand({ ...options, untilDone: false, checksum: true, dryRun: true }),
    },
    ...keySteps(options),
    {
      id: 'config',
      text: `On the target (${target}): name the new folder in the config ("smeshing-opts-datadir") or in the post-service's --dir.`,
    },
    {
      id: 'start',
      text: `Start the node on the target (${target}), and only there.`,
      danger: true,
    },
    {
      id: 'watch',
      text: 'Watch its log until it shows "post setup completed" or "post service registered".',
    },
    {
      id: 'keep',
      text: 'Keep the old data until the next ATX is published from the new place; then delete it.',
    },
  ];
}

/** On the machine that gets the data. A folder that is not there yet counts as the one above it. */
function freeSpace(to: Place, platform: Platform): string {
  if (platform === 'windows' && !to.remote) return 'Get-PSDrive -PSProvider FileSystem';
  const folder = shellPath(to.path);
  return commandAt(
    to,
    `d=${folder}; while [ ! -e "$d" ]; do d=$(dirname -- "$d"); done; df -h -- "$d"`,
  );
}

/** Copy, compare, and only then take the key from the source. */
function keySteps({
  from,
  to,
  keyFile,
  keyTarget,
  platform = 'linux',
}: MoveOptions): ChecklistStep[] {
  if (keyFile === undefined) return [];
  const backup: ChecklistStep = {
    id: 'backup-key',
    text: 'Keep a copy of the key off both machines.',
    because: 'A lost key cannot be restored.',
  };
  const folder = keyTarget ?? '~/spacemesh/identities';
  const isWindows = platform === 'windows';
  const name = /[^\\/]*$/.exec(keyFile)?.[0] ?? 'local.key';
  const toFolder = isWindows && !to.remote ? trimBackslashes(folder) : trimSlashes(folder);
  const copied = `${toFolder}${isWindows && !to.remote ? '\\' : '/'}${name}`;
  return [
    backup,
    {
      id: 'copy-key',
      text: `Copy the key from the source (${placeName(from)}) to the target (${placeName(to)}). Both nodes stay stopped.`,
      because: 'While it is in both places, a forgotten start is equivocation.',
      danger: true,
      command: copyKeyCommand({ from, to, keyFile, toFolder, isWindows }),
    },
    {
      id: 'check-key',
      text: 'Compare the two files: the sums must be equal.',
      command: [
        sumCommand({ ...from, path: keyFile }, platform),
        sumCommand({ ...to, path: copied }, platform),
      ].join('\n'),
    },
    {
      id: 'move-key',
      text: `On the source (${placeName(from)}): rename the key, so that no node there loads it.`,
      because: 'A node loads every file of its identities folder whose name ends in .key.',
      danger: true,
      command:
        isWindows && !from.remote
          ? `Move-Item ${powershellPath(keyFile)} ${powershellPath(`${keyFile}.moved`)}`
          : commandAt(from, `mv -- ${shellPath(keyFile)} ${shellPath(`${keyFile}.moved`)}`),
    },
  ];
}

interface KeyCopy {
  readonly from: Place;
  readonly to: Place;
  readonly keyFile: string;
  readonly toFolder: string;
  readonly isWindows: boolean;
}

function copyKeyCommand({ from, to, keyFile, toFolder, isWindows }: KeyCopy): string {
  if (from.remote || to.remote) {
    const scp = sshProgram(
      'scp',
      from.remote ?? to.remote ?? { user: '', host: '' },
      isWindows ? 'windows' : 'linux',
    );
    const quoted = isWindows ? powershellPath : shellPath;
    const source = from.remote ? remoteLocation(from.remote, plainPath(keyFile)) : quoted(keyFile);
    const target = to.remote
      ? remoteLocation(to.remote, `${plainPath(toFolder)}/`)
      : quoted(toFolder);
    const make = to.remote
      ? isWindows
        ? `${sshProgram('ssh', to.remote, 'windows')} ${remoteLocation(to.remote, '').slice(0, -1)} "mkdir -p -m 700 ${plainPath(toFolder)}"; `
        : `${commandAt(to, `mkdir -p -m 700 -- ${shellPath(toFolder)}`)} && `
      : isWindows
        ? `New-Item -ItemType Directory -Force ${target} | Out-Null; `
        : `mkdir -p -m 700 -- ${target} && `;
    return `${make}${scp} -p ${source} ${target}`;
  }
  return isWindows
    ? `New-Item -ItemType Directory -Force ${powershellPath(toFolder)} | Out-Null; Copy-Item ${powershellPath(keyFile)} ${powershellPath(toFolder)}`
    : `mkdir -p -m 700 -- ${shellPath(toFolder)} && cp -p -- ${shellPath(keyFile)} ${shellPath(`${toFolder}/`)}`;
}

const sumCommand = (place: Place, platform: Platform): string => {
  if (platform === 'windows' && !place.remote)
    return `(Get-FileHash ${powershellPath(place.path)}).Hash.ToLower()`;
  const tool = platform === 'macos' && !place.remote ? 'shasum -a 256' : 'sha256sum';
  return commandAt(place, `${tool} < ${shellPath(place.path)}`);
};

export interface FetchLoopOptions extends CopyOptions {
  /** Bytes of all postdata_N.bin when initialisation has ended. */
  readonly expectedBytes: number;
}

/**
 * Fetches the files of an initialisation while it still runs: again and again, until all bytes are here. The file that is
 * being written is fetched in part each time, and continued. Linux and macOS.
 * @throws WorkbenchError `copy-fetch-local`, `copy-size-invalid`, and as `copyCommand`
 */
export function fetchLoop({ expectedBytes, ...options }: FetchLoopOptions): ChecklistStep[] {
  const { from, to } = options;
  if (!from.remote || to.remote)
    throw new WorkbenchError(
      'copy-fetch-local',
      'This loop runs at the target and fetches from another machine. Choose “the source is there”.',
    );
  if (!(Number.isSafeInteger(expectedBytes) && expectedBytes > 0))
    throw new WorkbenchError('copy-size-invalid', 'Enter the size of the complete data.', {
      expectedBytes,
    });
  const target = shellPath(`${trimSlashes(to.path)}/`);
  const copy = copyCommand({ ...options, what: 'contents', untilDone: true });
  return [
    {
      id: 'fetch',
      text: 'Fetch while initialisation runs. It ends when all bytes are here.',
      command: `mkdir -p -- ${target}
while :; do
${copy} || break
  have=$(LC_ALL=C wc -c ${target}postdata_*.bin 2>/dev/null | tail -n 1 | awk '{ print $1 }')
  echo "Here: \${have:-0} of ${expectedBytes} bytes."
  [ "\${have:-0}" -lt ${expectedBytes} ] || break
  sleep "\${FETCH_PAUSE_S:-300}"
done`,
    },
    {
      id: 'ended',
      text: `On the source (${placeName(from)}): see that initialisation has ended, then stop it.`,
    },
    {
      id: 'last',
      text: 'Fetch once more: the metadata with the VRF nonce is written at the end.',
      command: copy,
    },
    {
      id: 'compare',
      text: 'Compare with the source before you give the machine back. It lists what differs and otherwise nothing.',
      danger: true,
      command: copyCommand({
        ...options,
        what: 'contents',
        untilDone: false,
        checksum: true,
        dryRun: true,
      }),
    },
  ];
}
