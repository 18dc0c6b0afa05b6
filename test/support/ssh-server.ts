/**
 * A real ssh server of this user on the loopback, and shims of ssh and its tools that trust it: the commands under test stay
 * as an operator pastes them. Needs openssh-server and rsync.
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, connect, type AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

export interface SshServer {
  readonly user: string;
  readonly port: number;
  readonly identityFile: string;
  /** PATH for commands that connect to it. */
  readonly path: string;
  readonly close: () => void;
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });

export async function startSshServer(): Promise<SshServer> {
  const program = ['/usr/sbin/sshd', '/usr/bin/sshd', '/usr/local/sbin/sshd'].find(existsSync);
  if (!program)
    throw new Error('These tests need an ssh server (Debian: apt install openssh-server rsync).');
  const folder = mkdtempSync(join(tmpdir(), 'ssh-'));
  const at = (name: string): string => join(folder, name);
  for (const key of ['host', 'user'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(key)]);
  const port = await freePort();
  writeFileSync(
    at('config'),
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${at('host')}`,
      `AuthorizedKeysFile ${at('user.pub')}`,
      'StrictModes no',
      'UsePAM no',
      'PidFile none',
      'Subsystem sftp internal-sftp',
      '',
    ].join('\n'),
  );
  mkdirSync(at('bin'));
  for (const tool of ['ssh', 'scp', 'sftp'])
    writeFileSync(
      join(at('bin'), tool),
      `#!/bin/sh\nexec /usr/bin/${tool} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR "$@"\n`,
      { mode: 0o755 },
    );
  const server = spawn(program, ['-D', '-e', '-f', at('config')], { stdio: 'ignore' });
  for (let tries = 0; !(await isListening(port)); tries++) {
    if (tries > 100 || server.exitCode !== null) throw new Error('The ssh server did not start.');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    user: userInfo().username,
    port,
    identityFile: at('user'),
    path: `${at('bin')}:${process.env['PATH'] ?? ''}`,
    close: () => {
      server.kill();
      rmSync(folder, { recursive: true });
    },
  };
}
