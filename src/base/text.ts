/** Text in linear time where a regular expression takes quadratic: /=+$/ tries again at every sign of a run. */

/** The text without the given characters at its end. */
export function withoutTrailing(text: string, character: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === character) end--;
  return text.slice(0, end);
}

/** Numbers of lines for many places in one text, in one pass over it. Memory: 8 bytes per line. */
export class LineIndex {
  readonly #newlines: number[] = [];

  constructor(text: string) {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1))
      this.#newlines.push(at);
  }

  /** The line of a UTF-16 offset, from 1. */
  lineAt(offset: number): number {
    let low = 0;
    let high = this.#newlines.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#newlines[middle] ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  }
}

/**
 * The engine keeps the last text that a regular expression matched (`RegExp.input`), and so a secret, until the next match.
 * Replaces it by the empty text.
 */
export function clearLastMatch(): void {
  /^/.exec('');
}
