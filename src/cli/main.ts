/** The program `post-workbench`: connects the commands with this process. */
import { setMaxListeners } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { CliContext, ModuleName, Output } from './context';
import { runCommandLine } from './program';

function streamOutput(stream: NodeJS.WriteStream): Output {
  return {
    isTerminal: stream.isTTY,
    write: (chunk) =>
      new Promise((resolve, reject) => {
        stream.write(chunk, (error) => (error ? reject(error) : resolve()));
      }),
  };
}

/** Of the build (vite.cli.config.ts), beside this script. */
const moduleFiles: Readonly<Record<ModuleName, string>> = {
  sqlite: 'wasm/sql-wasm.wasm',
  labels: 'wasm/labels.wasm',
  proving: 'wasm/proving.wasm',
  randomx: 'wasm/randomx.wasm',
  'randomx-fma': 'wasm/randomx-fma.wasm',
  'randomx-shared': 'wasm/randomx-shared.wasm',
  'randomx-shared-fma': 'wasm/randomx-shared-fma.wasm',
};

let interruption: AbortController | undefined;
/** A second Ctrl-C ends the process. */
function interruptible(): AbortSignal {
  if (!interruption) {
    const controller = new AbortController();
    process.once('SIGINT', () => controller.abort());
    interruption = controller;
  }
  return interruption.signal;
}

const loadModule = async (name: ModuleName): Promise<WebAssembly.Module> =>
  WebAssembly.compile(await readFile(new URL(moduleFiles[name], import.meta.url)));

const context: CliContext = {
  out: streamOutput(process.stdout),
  err: streamOutput(process.stderr),
  get signal() {
    return interruptible();
  },
  // In a checkout and in the package it is beside the scripts.
  appFolder: fileURLToPath(new URL('../dist', import.meta.url)),
  loadModule,
  openLabels: async (threads) => {
    const [{ labelsInThisThread, labelsInThreads }, module] = await Promise.all([
      import('./labels'),
      loadModule('labels'),
    ]);
    return threads === 1 ? labelsInThisThread(module) : labelsInThreads(module, threads);
  },
  openPow: async (threads, signal) => {
    const { powInThisThread, powInThreads } = await import('./pow-engines');
    return threads === 1
      ? powInThisThread({ loadModule })
      : powInThreads({ loadModule }, threads, signal);
  },
  openScanner: async (threads) => {
    const [{ scannerInThisThread, scannerInThreads }, { startThread }, module] = await Promise.all([
      import('./scanner'),
      import('./threads/node-worker'),
      loadModule('proving'),
    ]);
    return threads === 1
      ? scannerInThisThread(module)
      : scannerInThreads(module, threads, () => startThread('proving-thread'));
  },
  openProvingEngine: async (threads) => {
    const [{ provingEngine }, { startThread }, module] = await Promise.all([
      import('./scanner'),
      import('./threads/node-worker'),
      loadModule('proving'),
    ]);
    return provingEngine(module, threads, () => startThread('proving-thread'));
  },
};

// Each of an audit's ATXs waits for one signal: Node would warn of a leak from eleven on.
setMaxListeners(0);

// A reader that has enough, such as `head`, closes the pipe.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 3);
});

process.exitCode = await runCommandLine(process.argv.slice(2), context);
