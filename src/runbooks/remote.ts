/** Another machine, as ssh reaches it: options, locations and commands that run there. */
import { WorkbenchError } from '../base/error';
import { powershellWord, shellPath, shellWord } from '../base/shell';
import type { Platform } from './platform';

export interface RemoteHost {
  readonly user: string;
  readonly host: string;
  readonly port?: number | undefined;
  /** Path of a private SSH key. */
  readonly identityFile?: string | undefined;
}

export interface Place {
  readonly path: string;
  /** Absent: this machine. */
  readonly remote?: RemoteHost | undefined;
}

/** "this machine", or the login of the other one. */
export const placeName = ({ remote }: Place): string => {
  if (!remote) return 'this machine';
  const { user, host } = checkedHost(remote);
  return `${user}@${host}`;
};

/** @throws WorkbenchError `copy-user-invalid`, `copy-host-invalid` */
function checkedHost({ user, host }: RemoteHost): { user: string; host: string } {
  if (!/^[a-z_][\w.-]*$/i.test(user))
    throw new WorkbenchError(
      'copy-user-invalid',
      'The user name on the other machine may hold letters, digits, dots, - and _.',
    );
  if (!/^(?:[a-z0-9][\w.-]*|[0-9a-f:]+)$/i.test(host))
    throw new WorkbenchError(
      'copy-host-invalid',
      'The other machine is named by a host name or an address, without ssh:// and without a path.',
    );
  return { user, host };
}

function checkedPort(port: number): number {
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new WorkbenchError('copy-port-invalid', 'A port is a whole number from 1 to 65535.', {
    port,
  });
}

const isUsualPort = (port: number | undefined): boolean => port === undefined || port === 22;

/** rsync's option for port and key. */
export function rsyncSshOption({ port, identityFile }: RemoteHost): string[] {
  const ssh = [
    'ssh',
    ...(isUsualPort(port) ? [] : ['-p', String(checkedPort(port ?? 22))]),
    ...(identityFile === undefined ? [] : ['-i', rsyncShellWord(identityFile)]),
  ];
  return ssh.length === 1 ? [] : ['-e', shellWord(ssh.join(' '))];
}

/** rsync splits -e itself: it knows quotes, doubled inside, but no backslashes (rsync(1), --rsh). ssh expands a tilde. */
function rsyncShellWord(path: string): string {
  shellWord(path); // for its check of the characters
  return /^[\w@%+=:,./~-]+$/.test(path) ? path : `'${path.replaceAll("'", "''")}'`;
}

/** `ssh` or `scp` with port and key, for a POSIX shell. `portOption` differs between the two. */
export const sshProgram = (
  program: 'ssh' | 'scp' | 'sftp',
  { port, identityFile }: RemoteHost,
  platform: Platform = 'linux',
): string =>
  [
    program,
    ...(isUsualPort(port)
      ? []
      : [program === 'ssh' ? '-p' : '-P', String(checkedPort(port ?? 22))]),
    ...(identityFile === undefined
      ? []
      : ['-i', platform === 'windows' ? powershellWord(identityFile) : shellPath(identityFile)]),
  ].join(' ');

/** A command of a POSIX shell, on the machine of a place. `interactive`: it may ask for a password. */
export function commandAt({ remote }: Place, command: string, interactive = false): string {
  if (!remote) return command;
  const { user, host } = checkedHost(remote);
  return `${sshProgram('ssh', remote)}${interactive ? ' -t' : ''} ${shellWord(`${user}@${host}`)} ${shellWord(command)}`;
}

/** `user@host:path` for rsync and scp; the path is not quoted for the other shell. */
export function remoteLocation(remote: RemoteHost, path: string): string {
  const { user, host } = checkedHost(remote);
  return `${user}@${host.includes(':') ? `[${host}]` : host}:${path}`;
}

/**
 * A path that the shells of all systems take as it is: for tools that have no option to keep the other shell away.
 * @throws WorkbenchError `copy-path-special`
 */
export function plainPath(path: string): string {
  if (/^[\w@%+=:,./~-]+$/.test(path)) return path;
  throw new WorkbenchError(
    'copy-path-special',
    'The path on the other machine has blanks or special characters, which the copy tools of this system do not keep. Rename the folder, or run the copy on Linux.',
    { path },
  );
}
