// What the commands need on a fresh machine: the packages, and for the tests a Chromium.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Runs a command in the repository; throws if it fails. */
export function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}`);
}

/** Installs the packages unless what is there was installed from this very lock file. `options` are those of `run`. */
export function ensurePackages(options = {}) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    throw new Error(`Node 20.19 or newer is needed; this is ${process.versions.node}.`);
  const installed = join(root, 'node_modules/.package-lock.json');
  const wanted = join(root, 'package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs) return;
  if (existsSync(installed) && sameLock(installed, wanted)) return;
  console.error('Installing packages …');
  run('npm', ['ci', '--no-fund', '--no-audit'], options);
}

function sameLock(installedPath, wantedPath) {
  const versions = (path) => {
    const { packages } = JSON.parse(readFileSync(path, 'utf8'));
    return new Map(Object.entries(packages).map(([name, { version }]) => [name, version]));
  };
  const installed = versions(installedPath);
  return [...versions(wantedPath)].every(
    ([name, version]) =>
      name === '' || installed.get(name) === version || !existsSync(join(root, name, '..')),
  );
}

const isRunnable = (path) => spawnSync(path, ['--version'], { stdio: 'ignore' }).status === 0;

/** The path of the first program that runs, of paths and names in PATH. */
function firstProgram(candidates) {
  const found = candidates.find(isRunnable);
  if (!found || found.includes('/') || found.includes('\\')) return found;
  return spawnSync('sh', ['-c', `command -v ${found}`])
    .stdout.toString()
    .trim();
}

function findChromium() {
  const named = process.env.CHROMIUM ? [process.env.CHROMIUM] : [];
  const candidates = [
    ...named,
    'chromium',
    'chromium-browser',
    'google-chrome-stable',
    'google-chrome',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  ];
  return firstProgram(candidates);
}

const isRootOnDebian = () => process.getuid?.() === 0 && isRunnable('apt-get');

/** Installs Debian packages when we may; states what to do when we may not. */
function installDebian(packages) {
  if (!isRootOnDebian()) return false;
  console.log(`Installing ${packages.join(', ')} …`);
  run('apt-get', ['update', '-q']);
  run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  return true;
}

/** The path of a Chromium that Playwright can drive, installed if need be. */
export function ensureChromium() {
  const present = findChromium();
  if (present) return present;
  if (installDebian(['chromium', 'fonts-dejavu-core'])) {
    const installed = findChromium();
    if (installed) return installed;
  }
  throw new Error(
    'The browser tests need Chrome or Chromium. Install one, or name it: CHROMIUM=/path/to/chromium npm test',
  );
}

const miniBrowserPaths = ['x86_64-linux-gnu', 'aarch64-linux-gnu', 'arm-linux-gnueabihf'].map(
  (platform) => `/usr/lib/${platform}/webkit2gtk-4.1/MiniBrowser`,
);

/** Programs of the tests in other browsers, by the Debian package that has each. */
const browserPrograms = {
  'firefox-esr': () =>
    firstProgram([process.env.FIREFOX, 'firefox-esr', 'firefox'].filter(Boolean)),
  'webkit2gtk-driver': () =>
    ['/usr/bin/WebKitWebDriver'].find((path) => existsSync(path) && miniBrowser() !== undefined),
  xvfb: () => ['/usr/bin/Xvfb'].find(existsSync),
};
const miniBrowser = () => miniBrowserPaths.find(existsSync);

/**
 * Firefox, WebKitGTK with its driver, and an X server without a screen, installed if need be.
 * @returns {{ chromium: string, firefox: string, webKitDriver: string, miniBrowser: string }}
 */
export function ensureBrowsers() {
  const missing = () =>
    Object.entries(browserPrograms).flatMap(([name, find]) => (find() ? [] : name));
  if (missing().length > 0) installDebian(missing());
  const absent = missing();
  if (absent.length > 0)
    throw new Error(
      `The tests in Firefox and WebKit need ${absent.join(', ')} (names of Debian's packages; WebKitGTK runs on Linux only). Install them, or run the tests as root on Debian, which installs them.`,
    );
  return {
    chromium: ensureChromium(),
    firefox: browserPrograms['firefox-esr'](),
    webKitDriver: browserPrograms['webkit2gtk-driver'](),
    miniBrowser: miniBrowser(),
  };
}

/** The sqlite3 shell, against which the database engine is compared. */
export function ensureSqlite() {
  if (isRunnable('sqlite3')) return;
  if (installDebian(['sqlite3']) && isRunnable('sqlite3')) return;
  throw new Error(
    'The tests compare with the sqlite3 shell. Install it (Debian: apt install sqlite3).',
  );
}

/** What the commands for operators call: the tests run them as they are pasted. sshd is not in every PATH. */
export function ensureOperatorTools() {
  const packages = { rsync: 'rsync', ssh: 'openssh-client', curl: 'curl', xxd: 'xxd' };
  const isInstalled = (tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status === 0;
  const missing = Object.keys(packages).filter((tool) => !isInstalled(tool));
  const needed = missing.map((tool) => packages[tool]);
  if (!['/usr/sbin/sshd', '/usr/bin/sshd', '/usr/local/sbin/sshd'].some(existsSync))
    needed.push('openssh-server');
  if (needed.length === 0 || installDebian(needed)) return;
  throw new Error(
    `The tests run commands for operators. Install what they call (Debian: apt install ${needed.join(' ')}).`,
  );
}

/** With these Chromium starts as root, and connects only to the given server. */
export const chromiumArgs = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
