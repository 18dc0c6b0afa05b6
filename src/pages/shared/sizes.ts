/** Identity sizes as a user types them: `16`, `4, 4, 64`, `100 × 4`. */
import { WorkbenchError } from '../../base/error';

/** More identities than any operator has; a bound on what a typo may cost. */
const maxIdentities = 100_000;

/** Units of each identity. @throws WorkbenchError `input-not-valid` */
export function parseSizes(text: string): number[] {
  const sizes: number[] = [];
  for (const part of text.split(/[,;\n]+/).map((one) => one.trim())) {
    if (part === '') continue;
    const [, times, size] = /^(?:(\d+)\s*[x×*]\s*)?(\d+)$/i.exec(part) ?? [];
    const count = Number(times ?? 1);
    const units = Number(size);
    if (size === undefined || units < 1 || count < 1)
      throw new WorkbenchError(
        'input-not-valid',
        `“${part}” is not an identity size. Write whole units with commas between them, such as 16, 4 or 100 × 4.`,
      );
    if (sizes.length + count > maxIdentities)
      throw new WorkbenchError(
        'input-not-valid',
        `These are more than ${maxIdentities} identities. Enter fewer.`,
      );
    for (let i = 0; i < count; i++) sizes.push(units);
  }
  if (sizes.length === 0)
    throw new WorkbenchError(
      'input-not-valid',
      'Enter the units of your identities, such as 16 or 100 × 4.',
    );
  return sizes;
}

/** The way back, equal sizes together: `100 × 4, 16`. */
export const formatSizes = (sizes: ReadonlyMap<number, number>): string =>
  [...sizes]
    .sort(([a], [b]) => b - a)
    .map(([units, count]) => (count === 1 ? `${units}` : `${count} × ${units}`))
    .join(', ');
