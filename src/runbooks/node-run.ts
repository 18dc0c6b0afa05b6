/** What runs a node: the command, the pipe that keeps its log, the unit file. */
import { commentText, logrotatePath, shellPath, systemdValue, systemdWord } from '../base/shell';
import { WorkbenchError } from '../base/error';

export interface NodeRun {
  /** The go-spacemesh binary. */
  readonly binary: string;
  readonly config: string;
  /** Overrides main/data-folder of the config. */
  readonly dataFolder?: string | undefined;
  /** Overrides the config's filelock: a second node on the machine needs its own. */
  readonly filelock?: string | undefined;
}

const words = (
  { binary, config, dataFolder, filelock }: NodeRun,
  quote: (text: string) => string,
  quoteProgram = quote,
) => [
  quoteProgram(binary),
  '--config',
  quote(config),
  ...(dataFolder === undefined ? [] : ['--data-folder', quote(dataFolder)]),
  ...(filelock === undefined ? [] : ['--filelock', quote(filelock)]),
];

export const nodeCommand = (run: NodeRun): string => words(run, shellPath).join(' ');

/** The log both on the screen and in a file. The node logs to standard output, crashes to standard error. */
export const teeCommand = (run: NodeRun, logFile: string): string =>
  `${nodeCommand(run)} 2>&1 | tee --append ${shellPath(logFile)}`;

/** Splits the log by day, compressed, so that it does not fill the disk; for logrotate's folder. */
export const logrotateConfig = (logFile: string): string =>
  `${logrotatePath(logFile)} {\n    daily\n    rotate 14\n    compress\n    delaycompress\n    missingok\n    notifempty\n    copytruncate\n}\n`;

export interface UnitOptions extends NodeRun {
  readonly user: string;
  readonly description?: string;
}

/**
 * A systemd unit. The node finishes within 30 seconds of SIGTERM (go-spacemesh node/node.go, cleanupCtx); it is
 * given longer, because a node that is killed while it writes has to repair its database.
 */
export function systemdUnit({ user, description = 'Spacemesh node', ...run }: UnitOptions): string {
  if (!/^[a-z_][a-z0-9_-]{0,30}\$?$/i.test(user))
    throw new WorkbenchError(
      'unit-user-invalid',
      'The user name may hold letters, digits, - and _ only. It is the account that owns the data folder.',
    );
  for (const path of [run.binary, run.config])
    if (!path.startsWith('/'))
      throw new WorkbenchError(
        'unit-path-relative',
        'systemd needs complete paths for the binary and the config: they begin with /.',
      );
  // A backslash at the end of a line continues it.
  if (run.binary.includes('\\'))
    throw new WorkbenchError(
      'unit-path-backslash',
      'The path of the binary has a backslash, which a unit file cannot hold. Move the binary.',
    );
  const folder = run.binary.slice(0, run.binary.lastIndexOf('/')) || '/';
  return `[Unit]
Description=${commentText(description).replaceAll('%', '%%').replace(/\\+$/, '')}
Wants=network-online.target
After=network-online.target time-sync.target
StartLimitIntervalSec=0

[Service]
Type=simple
User=${user}
ExecStart=${words(run, systemdWord, systemdValue).join(' ')}
WorkingDirectory=${folder.replaceAll('%', '%%')}
# libpost and the OpenCL loader are beside the binary.
Environment=${systemdValue(`LD_LIBRARY_PATH=${folder}`)}
Restart=on-failure
RestartSec=30
KillSignal=SIGINT
TimeoutStopSec=120
LimitNOFILE=65536

[Install]
WantedBy=multi-user.target
`;
}
