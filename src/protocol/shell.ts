/** Text that ends up in a terminal or a unit file: quoted so that no path can become a command. */
import { WorkbenchError } from './error';

/**
 * One word for a POSIX shell.
 * @throws WorkbenchError `shell-control-character`: a line break pasted into a terminal runs what stands before it
 */
export function shellWord(text: string): string {
  requirePrintable(text);
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A path for a POSIX shell: `~/` still means home, and a leading dash no option. */
export function shellPath(path: string): string {
  if (path === '~') return '~';
  const home = /^~\/+/.exec(path);
  if (home)
    return path.length === home[0].length ? '~/' : `~/${shellWord(path.slice(home[0].length))}`;
  return shellWord(path.startsWith('-') ? `./${path}` : path);
}

/** One argument in systemd's ExecStart= and its like: % and $ mean something there (systemd.service(5)). */
export function systemdWord(text: string): string {
  requirePrintable(text);
  const escaped = text.replaceAll('%', '%%').replaceAll('$', '$$$$');
  if (/^[\w@%$+=:,./-]+$/.test(escaped)) return escaped;
  return `"${escaped.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

function requirePrintable(text: string): void {
  // Bidirectional overrides make a command look like another one.
  if (/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(text))
    throw new WorkbenchError(
      'shell-control-character',
      'This name holds a line break or another invisible character, which is not safe to paste into a terminal. Rename the file or folder first.',
      { characters: text.length },
    );
  if (text === '') throw new WorkbenchError('shell-empty', 'A path or name is missing.', {});
}
