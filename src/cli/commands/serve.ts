/** `serve`: the app on loopback, from this machine, until it is interrupted. */
import type { AddressInfo } from 'node:net';
import { hostname, userInfo } from 'node:os';
import { WorkbenchError } from '../../base/error';
import { shellWord, systemdWord } from '../../base/shell';
import { createApp } from '../../server/app';
import { readArguments } from '../../server/targets';
import type { CliContext } from '../context';
import { exitCode, type ExitCode } from '../exit-code';

export interface ServeCommandOptions {
  readonly port: number;
  readonly node: readonly string[];
  readonly postService: readonly string[];
  readonly k2pow: readonly string[];
}

/**
 * @returns after the signal: that is how it ends
 * @throws WorkbenchError `app-missing`, `bridge-argument`, `option-port`
 */
export async function serve(context: CliContext, options: ServeCommandOptions): Promise<ExitCode> {
  const words = [
    ...options.node.flatMap((value) => ['--node', value]),
    ...options.postService.flatMap((value) => ['--post-service', value]),
    ...options.k2pow.flatMap((value) => ['--k2pow', value]),
  ];
  const { nodes, postServices, powServices } = readArguments(words);
  const server = createApp(context.appFolder, { nodes, postServices, powServices });
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new WorkbenchError(
          'option-port',
          `Port ${options.port} cannot be used: ${cause.message}. Choose another --port.`,
          { port: options.port },
          { cause },
        ),
      ),
    );
    server.listen(options.port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
  try {
    await context.out.write(`http://127.0.0.1:${port}/\n`);
    await context.err.write(instructions(port, words));
    await untilAborted(context.signal);
  } finally {
    server.close();
    server.closeAllConnections();
  }
  return exitCode.good;
}

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** The line that opens it from another machine, and a unit that keeps it running. */
function instructions(port: number, words: readonly string[]): string {
  const { username } = userInfo();
  const command = ['serve', '--port', String(port), ...words].map(systemdWord).join(' ');
  return `From another machine, with the same address in its browser:
  ssh -N -L ${port}:127.0.0.1:${port} ${shellWord(`${username}@${hostname()}`)}

To keep it running, as ~/.config/systemd/user/post-workbench.service:
  [Unit]
  Description=PoST Workbench
  [Service]
  ExecStart=${systemdWord(process.execPath)} ${systemdWord(process.argv[1] ?? 'post-workbench')} ${command}
  Restart=on-failure
  [Install]
  WantedBy=default.target

Ctrl-C ends it.
`;
}
