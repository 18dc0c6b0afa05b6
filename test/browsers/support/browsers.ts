/**
 * One small interface over the three engines. Firefox and Chromium are driven by puppeteer-core over WebDriver BiDi and the
 * DevTools protocol, WebKitGTK by selenium-webdriver: none of them drives all three as the distributions ship them.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer, { type KeyInput } from 'puppeteer-core';
import { Builder, Capabilities, Key } from 'selenium-webdriver';
import { chromiumArgs, ensureBrowsers } from '../../../scripts/environment.mjs';
import { patienceMs } from './patience';

export type ColorScheme = 'light' | 'dark';

export interface TestBrowser {
  /** Process whose descendants do the work. */
  readonly processId: number;
  readonly open: (url: string) => Promise<void>;
  /**
   * Runs a function in the page and returns its result, which must survive JSON. The function cannot refer to anything
   * outside of itself.
   */
  readonly evaluate: <Argument, Result>(
    work: (argument: Argument) => Result | Promise<Result>,
    argument: Argument,
  ) => Promise<Result>;
  readonly pressTab: () => Promise<void>;
  readonly resize: (width: number, height: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** A function that takes and returns JSON, so that no protocol has to know our values. */
const sourceOf = <Argument, Result>(
  work: (argument: Argument) => Result | Promise<Result>,
  argument: Argument,
): string =>
  `(async () => (${work.toString()})(${JSON.stringify(argument ?? null)}))().then(
    (result) => JSON.stringify({ result }),
    (error) => JSON.stringify({ failure: (error?.code ?? error?.name) + ': ' + error?.message }),
  )`;

function resultOf(answer: string): unknown {
  const { result, failure } = JSON.parse(answer) as { result: unknown; failure?: string };
  if (failure !== undefined) throw new Error(failure);
  return result;
}

export async function startPuppeteer(
  name: 'firefox' | 'chrome',
  colorScheme: ColorScheme,
): Promise<TestBrowser> {
  const { chromium, firefox } = ensureBrowsers();
  const browser = await puppeteer.launch({
    browser: name,
    executablePath: name === 'firefox' ? firefox : chromium,
    headless: true,
    timeout: patienceMs,
    protocolTimeout: patienceMs,
    args:
      name === 'firefox'
        ? []
        : [...chromiumArgs, ...(colorScheme === 'dark' ? ['--force-dark-mode'] : [])],
    // As a desktop that is set to dark.
    extraPrefsFirefox: { 'ui.systemUsesDarkTheme': colorScheme === 'dark' ? 1 : 0 },
  });
  const page = await browser.newPage();
  page.setDefaultTimeout(patienceMs);
  return {
    processId: browser.process()?.pid ?? 0,
    open: async (url) => {
      await page.goto(url);
    },
    evaluate: async <Argument, Result>(
      work: (argument: Argument) => Result | Promise<Result>,
      argument: Argument,
    ) => resultOf((await page.evaluate(sourceOf(work, argument))) as string) as Result,
    pressTab: () => page.keyboard.press('Tab' satisfies KeyInput),
    resize: (width, height) => page.setViewport({ width, height }),
    close: () => browser.close(),
  };
}

/** A port that is free now. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** An X server without a screen, on a display that it chooses itself. */
async function startDisplay(): Promise<{ name: string; process: ChildProcess }> {
  const child = spawn('Xvfb', [
    '-displayfd',
    '1',
    '-screen',
    '0',
    '1400x1000x24',
    '-nolisten',
    'tcp',
  ]);
  const name = await new Promise<string>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (status) => reject(new Error(`Xvfb ended with ${status}`)));
    child.stdout.once('data', (text: Buffer) => resolve(`:${text.toString().trim()}`));
  });
  return { name, process: child };
}

/** @param sharesMemory with `SharedArrayBuffer`, as Safari has it; WebKitGTK's default is without */
export async function startWebKit(
  sharesMemory: boolean,
  colorScheme: ColorScheme,
): Promise<TestBrowser> {
  const { webKitDriver, miniBrowser } = ensureBrowsers();
  const display = await startDisplay();
  const home = mkdtempSync(join(tmpdir(), 'webkit-'));
  const port = await freePort();
  const driverProcess = spawn(webKitDriver, [`--port=${port}`, '--host=127.0.0.1'], {
    stdio: 'ignore',
    env: {
      ...process.env,
      DISPLAY: display.name,
      HOME: home,
      XDG_CACHE_HOME: join(home, 'cache'),
      XDG_CONFIG_HOME: join(home, 'config'),
      XDG_DATA_HOME: join(home, 'data'),
      XDG_RUNTIME_DIR: home,
      GTK_THEME: colorScheme === 'dark' ? 'Adwaita:dark' : 'Adwaita',
      // Its sandbox does not start as root. The pages are our own.
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
      JSC_useSharedArrayBuffer: sharesMemory ? '1' : '0',
    },
  });
  const driver = await connect(port, miniBrowser);
  await driver.manage().setTimeouts({ script: patienceMs, pageLoad: patienceMs });
  return {
    processId: driverProcess.pid ?? 0,
    open: (url) => driver.get(url),
    evaluate: async <Argument, Result>(
      work: (argument: Argument) => Result | Promise<Result>,
      argument: Argument,
    ) =>
      resultOf(
        await driver.executeAsyncScript<string>(
          `${sourceOf(work, argument)}.then(arguments[arguments.length - 1])`,
        ),
      ) as Result,
    pressTab: () => driver.actions().sendKeys(Key.TAB).perform(),
    resize: async (width, height) => {
      await driver.manage().window().setRect({ width, height, x: 0, y: 0 });
    },
    close: async () => {
      await driver.quit().catch(() => undefined);
      driverProcess.kill();
      display.process.kill();
      rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

/** The driver takes a moment before it listens. */
async function connect(port: number, miniBrowser: string) {
  const capabilities = new Capabilities({
    browserName: 'MiniBrowser',
    'webkitgtk:browserOptions': { binary: miniBrowser, args: ['--automation'] },
  });
  for (let attempts = 0; ; attempts++)
    try {
      return await new Builder()
        .usingServer(`http://127.0.0.1:${port}`)
        .withCapabilities(capabilities)
        .build();
    } catch (error) {
      if (attempts >= 100 || !/ECONNREFUSED/.test(String(error))) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
}

/** Processor time that a process and its descendants have used so far, in clock ticks (proc(5), utime and stime). */
export function processorTicks(processId: number): number {
  const parents = new Map<number, { parent: number; ticks: number }>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const text = readFileSync(`/proc/${name}/stat`, 'utf8');
      const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
      parents.set(Number(name), {
        parent: Number(fields[1]),
        ticks: Number(fields[11]) + Number(fields[12]),
      });
    } catch {
      // It has ended since it was listed.
    }
  }
  const isBelow = (id: number): boolean => {
    for (let at: number | undefined = id; at !== undefined && at > 1; at = parents.get(at)?.parent)
      if (at === processId) return true;
    return false;
  };
  let sum = 0;
  for (const [id, { ticks }] of parents) if (isBelow(id)) sum += ticks;
  return sum;
}
