/**
 * Text that ends up in a terminal or a settings file: quoted so that no path can become a command. One function per
 * language: POSIX shells, PowerShell, systemd, logrotate, SQL and Python texts.
 */
import { WorkbenchError } from './error';

/**
 * One word for a POSIX shell.
 * @throws WorkbenchError `shell-control-character`: a line break pasted into a terminal runs what is before it
 */
export function shellWord(text: string): string {
  requirePrintable(text);
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A longer text as one word, in double quotes where nothing in it has a meaning there: easier to read. */
export function shellText(text: string): string {
  requirePrintable(text);
  return /["$`\\!]/.test(text) ? shellWord(text) : `"${text}"`;
}

/** A path for a POSIX shell: `~/` still means home, and a leading dash no option. */
export function shellPath(path: string): string {
  if (path === '~') return '~';
  const home = /^~\/+/.exec(path);
  if (home)
    return path.length === home[0].length ? '~/' : `~/${shellWord(path.slice(home[0].length))}`;
  return shellWord(path.startsWith('-') ? `./${path}` : path);
}

/**
 * One word for PowerShell, in single quotes. It takes typographic quotes for straight ones, so those are doubled as well.
 */
export function powershellWord(text: string): string {
  requirePrintable(text);
  if (/^[\w:./\\-]+$/.test(text) && !text.startsWith('-')) return text;
  return `'${text.replaceAll(/['\u2018-\u201b]/g, '$&$&')}'`;
}

/** A path for PowerShell: `~` means home, also for programs, which get no `~` from PowerShell. */
export function powershellPath(path: string): string {
  if (path === '~') return '$HOME';
  const home = /^~[\\/]+/.exec(path);
  if (!home) return powershellWord(path.startsWith('-') ? `.\\${path}` : path);
  const rest = path.slice(home[0].length);
  return rest === '' ? '$HOME' : `(Join-Path $HOME ${powershellWord(rest)})`;
}

/** A comment's text, for any of these languages: one line, whatever is in it. */
export const commentText = (text: string): string => text.replaceAll(unprintable, ' ');

/** One argument in systemd's ExecStart= and similar: % and $ have a meaning there (systemd.service(5)). */
export const systemdWord = (text: string): string => systemdValue(text.replaceAll('$', '$$$$'));

/** One word of a setting in which variables are not replaced: Environment=, the program of ExecStart=. */
export function systemdValue(text: string): string {
  requirePrintable(text);
  const escaped = text.replaceAll('%', '%%');
  if (/^[\w@%$+=:,./-]+$/.test(escaped)) return escaped;
  return `"${escaped.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/**
 * The name of a unit, as it is typed (systemd.unit(5)).
 * @throws WorkbenchError `unit-name-invalid`: a name with a dash in front would be an option of systemctl
 */
export function systemdUnitName(text: string): string {
  if (/^[\w@:.][\w@:.\\-]{0,254}$/.test(text)) return shellWord(text);
  throw new WorkbenchError(
    'unit-name-invalid',
    'A systemd unit is named like spacemesh.service: letters, digits and : - _ . @ only.',
  );
}

/**
 * The file of a logrotate section, in double quotes. logrotate takes it for a pattern, so its signs are escaped; braces
 * end the name even inside quotes (logrotate config.c).
 * @throws WorkbenchError `logrotate-path`, `shell-control-character`
 */
export function logrotatePath(path: string): string {
  requirePrintable(path);
  if (!path.startsWith('/') || /[{}]/.test(path))
    throw new WorkbenchError(
      'logrotate-path',
      'logrotate needs the complete path of the log file: it begins with / and has no braces.',
    );
  return `"${path.replaceAll(/[*?[\]\\]/g, '\\$&').replaceAll('"', '\\"')}"`;
}

/** A text of standard SQL, as sqlite3 and DuckDB read it: a backslash has no meaning. */
export function sqlText(text: string): string {
  requirePrintable(text);
  return `'${text.replaceAll("'", "''")}'`;
}

/** A name of standard SQL, such as a table's, whatever is in it. */
export const sqlName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A text of ClickHouse's SQL, where a backslash escapes. */
export const clickhouseText = (text: string): string => sqlText(text.replaceAll('\\', '\\\\'));

/** A text of Python. JSON's escapes are Python's. */
export function pythonText(text: string): string {
  requirePrintable(text);
  return JSON.stringify(text);
}

// Bidirectional overrides make a command look like another one.
const unprintable = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

function requirePrintable(text: string): void {
  if (text.search(unprintable) >= 0)
    throw new WorkbenchError(
      'shell-control-character',
      'This name has a line break or another invisible character, which is not safe to paste into a terminal. Rename the file or folder first.',
      { characters: text.length },
    );
  if (text === '') throw new WorkbenchError('shell-empty', 'A path or name is missing.', {});
}
