const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 20 });

/**
 * A count with its noun, as a sentence has it: "1 byte", "4,096 labels", "2 identities".
 * @param many where it is not `one` with an s
 */
export const counted = (count: number | bigint, one: string, many = `${one}s`): string =>
  `${grouped.format(count)} ${Number(count) === 1 ? one : many}`;

const mostNamed = 5;

/** "a, b, c": of more than five names the first ones and how many more there are. */
export const someNames = (names: readonly string[]): string =>
  names.length <= mostNamed
    ? names.join(', ')
    : `${names.slice(0, mostNamed).join(', ')} and ${names.length - mostNamed} more`;
