export interface WordRule {
  /** Source of a regular expression; a space is any white space. */
  readonly pattern: string;
  readonly instead: string;
  readonly bad: string;
  readonly good: string;
}
export const rules: readonly WordRule[];
export const exceptions: readonly Readonly<Record<'path' | 'text' | 'reason', string>>[];
