/** The system on which commands are pasted: a POSIX shell on Linux and macOS, PowerShell on Windows. */
import { WorkbenchError } from '../base/error';
import { powershellPath, shellPath } from '../base/shell';
import { withoutTrailing } from '../base/text';

export const platforms = ['linux', 'macos', 'windows'] as const;
export type Platform = (typeof platforms)[number];

export const platformNames: Readonly<Record<Platform, string>> = {
  linux: 'Linux',
  macos: 'macOS',
  windows: 'Windows (PowerShell)',
};

/** The system of a browser, from `navigator.platform` or the like; Linux where it is not known. */
export function platformOf(description: string): Platform {
  if (/win/i.test(description) && !/darwin/i.test(description)) return 'windows';
  return /mac|darwin|iphone|ipad/i.test(description) ? 'macos' : 'linux';
}

/** A step of a checklist. */
export interface ChecklistStep {
  readonly id: string;
  readonly text: string;
  /** Why, or what happens otherwise. */
  readonly because?: string | undefined;
  readonly command?: string | undefined;
  readonly danger?: boolean | undefined;
}

/** A path as one word of a command. */
export const pathWord = (platform: Platform, path: string): string =>
  platform === 'windows' ? powershellPath(path) : shellPath(path);

/** A file or folder inside a folder. `name` '' names the folder itself. */
export function inside(platform: Platform, folder: string, name: string): string {
  const separator = platform === 'windows' ? '\\' : '/';
  const base = withoutTrailing(withoutTrailing(folder, '/'), separator);
  const root = base === '' && folder !== '' ? separator : base;
  return pathWord(
    platform,
    name === '' ? root : `${withoutTrailing(root, separator)}${separator}${name}`,
  );
}

/**
 * Commands that change the folder first need paths that mean the same everywhere.
 * @throws WorkbenchError `path-not-complete`
 */
export function completePath(platform: Platform, path: string): string {
  const isComplete =
    platform === 'windows' ? /^(?:[a-z]:[\\/]|\\\\|~(?:[\\/]|$))/i : /^(?:\/|~(?:\/|$))/;
  if (isComplete.test(path)) return path;
  throw new WorkbenchError(
    'path-not-complete',
    platform === 'windows'
      ? `Enter the complete path: it begins with a drive, such as C:\\, or with ~.`
      : `Enter the complete path: it begins with / or ~.`,
    { path },
  );
}
