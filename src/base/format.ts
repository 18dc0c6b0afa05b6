/** Numbers for readers, each with its unit. Nothing here knows what is counted. */

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const significant = (digits: number) =>
  new Intl.NumberFormat('en', { maximumSignificantDigits: digits });
const three = significant(3);

/** Whole numbers with thousands apart: `12,345,678`. Exact for bigint. */
export const formatCount = (value: number | bigint): string => grouped.format(value);

/** Whole numbers in full, the rest in three significant digits: `32,768`, `0.0244`, `1,430`. */
export function formatNumber(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return '–';
  if (Number.isSafeInteger(value)) return grouped.format(value);
  return (digits === 3 ? three : significant(digits)).format(value);
}

const binaryUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];

/** Bytes in binary units: `2.45 MiB`, `64 GiB`. */
export function formatBytes(bytes: number | bigint): string {
  let value = Number(bytes);
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < binaryUnits.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? formatCount(value) : formatNumber(value)} ${binaryUnits[unit] ?? ''}`;
}

/**
 * An estimate with its range, as precise as the range allows: `≈ 454,000 (448,000–460,000)`. The range is rounded outward. A
 * range of one value is exact.
 */
export function formatEstimate(
  value: number,
  { low, high }: { readonly low: number; readonly high: number },
  exact: (value: number) => string = formatCount,
): string {
  if (low === high) return exact(value);
  const [divisor, unit] = exact === formatBytes ? bytesUnit(high) : [1, ''];
  // A step of the last digit is at most half of the distance between the ends.
  const step = 10 ** Math.floor(Math.log10(Math.max((high - low) / divisor, 1e-9) / 2));
  const whole = divisor === 1 ? Math.max(1, step) : step;
  const digits = Math.max(0, -Math.round(Math.log10(whole)));
  const write = (rounded: number): string =>
    new Intl.NumberFormat('en', { maximumFractionDigits: digits }).format(rounded * whole);
  const [from, to] = [Math.floor(low / divisor / whole), Math.ceil(high / divisor / whole)];
  const middle = Math.round(value / divisor / whole);
  return `≈ ${write(middle)}${unit} (${write(from)}–${write(to)}${unit})`;
}

function bytesUnit(bytes: number): [divisor: number, unit: string] {
  const power = Math.min(
    binaryUnits.length - 1,
    Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)),
  );
  return [1024 ** power, ` ${binaryUnits[power] ?? ''}`];
}

/** A duration in the two largest units that matter: `8 h 9 min`, `42 s`, `850 ms`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'never';
  if (seconds < 0) return `−${formatDuration(-seconds)}`;
  if (seconds > 0 && seconds < 1) return `${formatNumber(seconds * 1000, 2)} ms`;
  if (seconds < 60) return `${formatNumber(seconds, seconds < 10 ? 2 : 3)} s`;
  const steps: readonly (readonly [number, string])[] = [
    [31_557_600, 'y'],
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
    [1, 's'],
  ];
  const first = steps.findIndex(([size]) => seconds >= size);
  const [size, unit] = steps[first] ?? [1, 's'];
  const [nextSize, nextUnit] = steps[first + 1] ?? [1, 's'];
  const whole = Math.floor(seconds / size);
  const rest = Math.floor((seconds - whole * size) / nextSize);
  return rest > 0
    ? `${formatCount(whole)} ${unit} ${rest} ${nextUnit}`
    : `${formatCount(whole)} ${unit}`;
}

/** A share of one as per cent: `95.75 %`, `< 0.01 %`. */
export function formatPercent(share: number, fractionDigits = 2): string {
  if (!Number.isFinite(share)) return '–';
  const percent = share * 100;
  const least = 10 ** -fractionDigits;
  if (percent > 0 && percent < least) return `< ${least} %`;
  if (percent < 100 && percent > 100 - least) return `> ${100 - least} %`;
  return `${percent.toFixed(fractionDigits).replace(/\.?0+$/, '')} %`;
}

/** An id cut to its ends; the complete id is shown elsewhere: `31b356d7…2c55`. */
export const shortId = (text: string, head = 8, tail = 4): string =>
  text.length <= head + tail + 1 ? text : `${text.slice(0, head)}…${text.slice(-tail)}`;
