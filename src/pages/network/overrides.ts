/** Changed assumptions as they stand in the address: `smhUsd:0.4~home.growth:0.1`. */

export type Overrides = Readonly<Record<string, number>>;

/** What is not understood is left out: a link from another version still opens. */
export function parseOverrides(text: string, known: ReadonlySet<string>): Overrides {
  const entries = text.split('~').flatMap((part): [string, number][] => {
    const [key = '', value = ''] = part.split(':');
    const number = value === '' ? NaN : Number(value);
    return known.has(key) && number >= 0 && number < Infinity ? [[key, number]] : [];
  });
  return Object.fromEntries(entries);
}

export const formatOverrides = (overrides: Overrides): string =>
  Object.entries(overrides)
    .map(([key, value]) => `${key}:${value}`)
    .join('~');
