/** Fields of CSV (RFC 4180), and what spreadsheets make of them (OWASP, CSV injection). */

export interface CsvOptions {
  /**
   * Put an apostrophe before a text that a spreadsheet would run as a formula. Such a text changes, so that readers
   * other than spreadsheets may want it off.
   */
  readonly escapeFormulas: boolean;
}

/** What makes a spreadsheet take a text for a formula. */
const formulaStart = /^[=+\-@\t\r]/;

/** What goes before a text so that it is not a formula. */
export const formulaGuard = (text: string, { escapeFormulas }: CsvOptions): string =>
  escapeFormulas && formulaStart.test(text) ? "'" : '';

/** One field for a text, quoted where it must be. An empty text is quoted, so that it differs from NULL. */
export function csvText(text: string, options: CsvOptions): string {
  const plain = formulaGuard(text, options) + text;
  return plain === '' || /[",\r\n]|^\s|\s$/.test(plain)
    ? `"${plain.replaceAll('"', '""')}"`
    : plain;
}
