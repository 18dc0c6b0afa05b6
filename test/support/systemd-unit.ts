/** Reads unit files as systemd does: enough of systemd.syntax(7) and systemd.service(5) to check the ones we emit. */

export type Unit = readonly {
  readonly section: string;
  readonly key: string;
  readonly value: string;
}[];

/** The settings of a unit, in order. @throws Error with the number of a line that systemd would not take */
export function parseUnit(text: string): Unit {
  let section = '';
  return text.split('\n').flatMap((line, i) => {
    if (line.trim() === '' || /^[#;]/.test(line)) return [];
    const header = /^\[([A-Za-z]+)\]$/.exec(line)?.[1];
    if (header !== undefined) {
      section = header;
      return [];
    }
    const [, key = '', value = ''] = /^([A-Za-z]+)=(.*)$/.exec(line) ?? [];
    if (key === '' || section === '') throw new Error(`line ${i + 1} is not a setting: ${line}`);
    return [{ section, key, value }];
  });
}

/**
 * The words of a command line: quotes around a complete word, backslashes, %% and $$.
 * @throws Error for a quote that is open or ends inside a word, a specifier or a variable
 */
export function readExecWords(line: string): readonly string[] {
  const words: string[] = [];
  for (let rest = line.trim(); rest !== '';) {
    const word = /^(?:"((?:[^"\\]|\\["\\])*)"|([^\s"\\]+))(?:\s+|$)/.exec(rest);
    if (!word) throw new Error(`not a word: ${rest}`);
    const text = word[1]?.replaceAll(/\\(["\\])/g, '$1') ?? word[2] ?? '';
    if (/[%$]/.test(text.replaceAll('%%', '').replaceAll('$$', '')))
      throw new Error(`a specifier or variable: ${text}`);
    words.push(text.replaceAll('%%', '%').replaceAll('$$', '$'));
    rest = rest.slice(word[0].length);
  }
  return words;
}

/** "2026-12-07 20:00:00 UTC" in milliseconds. @throws Error for anything else, also a date that does not exist */
export function readCalendarTime(text: string): number {
  const [, date = '', time = ''] = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}) UTC$/.exec(text) ?? [];
  const ms = Date.parse(`${date}T${time}Z`);
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 19) !== `${date}T${time}`)
    throw new Error(`not a time of the calendar: ${text}`);
  return ms;
}
