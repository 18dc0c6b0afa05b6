export interface WordMatch {
  readonly path: string;
  readonly line: number;
  readonly word: string;
  readonly instead: string;
}
export function findWords(path: string, source: string): WordMatch[];
