export interface Duplicate {
  readonly lines: number;
  /** `path:line` */
  readonly places: readonly string[];
}

export function duplicates(texts: Readonly<Record<string, string>>): Duplicate[];
