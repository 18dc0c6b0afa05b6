/** The command line with captured streams, as its commands and the program see it. */
import { readFileSync } from 'node:fs';
import type { CliContext, Output } from '../../src/cli/context';
import type { ExitCode } from '../../src/cli/exit-code';
import { labelsInThisThread } from '../../src/cli/labels';
import { powInThisThread } from '../../src/cli/pow-engines';
import { runCommandLine } from '../../src/cli/program';
import { provingEngine, scannerInThisThread } from '../../src/cli/scanner';
import { ProvingThread } from '../../src/workers/proving/thread';
import { expose, type ThreadWorker } from '../../src/workers/rpc';
import { sqlWasm } from './node-engine';

export interface CliRun {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

interface Captured extends Output {
  text(): string;
}

function captured(isTerminal: boolean, onWrite?: () => void): Captured {
  const chunks: Uint8Array[] = [];
  return {
    isTerminal,
    write: (chunk) => {
      onWrite?.();
      chunks.push(typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk.slice());
      return Promise.resolve();
    },
    text: () => Buffer.concat(chunks).toString('utf8'),
  };
}

const loadModule: CliContext['loadModule'] = (name) =>
  WebAssembly.compile(
    readFileSync(name === 'sqlite' ? sqlWasm : `src/kernels/wasm/build/${name}.wasm`),
  );

/** The API of a thread behind a channel, in this thread. */
function provingHere(): ThreadWorker {
  const { port1, port2 } = new MessageChannel();
  expose(new ProvingThread(), port1);
  port1.start();
  port2.start();
  return {
    addEventListener: port2.addEventListener.bind(port2) as ThreadWorker['addEventListener'],
    removeEventListener: port2.removeEventListener.bind(
      port2,
    ) as ThreadWorker['removeEventListener'],
    postMessage: port2.postMessage.bind(port2) as ThreadWorker['postMessage'],
    terminate: () => {
      port1.close();
      port2.close();
    },
  };
}

let openedPow: ReturnType<typeof powInThisThread> | undefined;

/** Runs a command line in this process, `onWrite` before each chunk of its output; all by one thread, whatever is asked for. */
export async function runCli(
  words: readonly string[],
  {
    isTerminal = false,
    signal = new AbortController().signal,
    onWrite,
    appFolder = 'dist',
  }: { isTerminal?: boolean; signal?: AbortSignal; onWrite?: () => void; appFolder?: string } = {},
): Promise<CliRun> {
  const out = captured(isTerminal, onWrite);
  const err = captured(isTerminal);
  const code = await runCommandLine(words, {
    ...{ out, err, signal, appFolder },
    loadModule,
    openLabels: async () => labelsInThisThread(await loadModule('labels')),
    // Its cache takes 1.5 s to fill and is the same for all.
    openPow: () => (openedPow ??= powInThisThread({ loadModule })),
    openProvingEngine: async () => provingEngine(await loadModule('proving'), 1, provingHere),
    openScanner: async () => scannerInThisThread(await loadModule('proving')),
  });
  return { code, stdout: out.text(), stderr: err.text() };
}
