/** What a number field takes, and the sentence for what it does not take: by the field's label and unit. */

export interface NumberRule {
  readonly min?: number;
  readonly max?: number;
  /** The number must be above `min`, not equal to it. */
  readonly isAboveMin?: boolean;
  /** Whole numbers, and of these only multiples of this one: 1 for any. */
  readonly step?: number;
  /** “Infinity” is an answer: a speed without a limit. */
  readonly takesInfinity?: boolean;
  /** The field may be empty. */
  readonly isOptional?: boolean;
}

export interface NamedNumber {
  readonly label: string;
  readonly unit?: string | undefined;
  readonly rule?: NumberRule | undefined;
}

/** An input that was refused, with the fields that `WorkbenchError` has. */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly code = 'input-not-valid';
  readonly details: Readonly<Record<string, unknown>>;

  constructor(message: string, details: Readonly<Record<string, unknown>>) {
    super(message);
    this.details = details;
  }
}

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 20 });
const format = (value: number): string => grouped.format(value);

/** The number in a text as it is typed, thousands apart or not; NaN for anything else. */
export function parseNumber(text: string): number {
  const digits = text.trim().replaceAll(',', '');
  return digits === '' ? NaN : Number(digits);
}

/** What is wrong with a text and what to enter instead; undefined where nothing is. */
export function numberProblem(
  text: string,
  { label, unit, rule = {} }: NamedNumber,
): string | undefined {
  if (rule.isOptional && text.trim() === '') return undefined;
  const value = parseNumber(text);
  if (isAllowed(value, rule)) return undefined;
  const name = unit ? `${label} (${unit})` : label;
  const wrong =
    text.trim() === '' ? `${name} is empty.` : `“${text.trim()}” is not valid for ${name}.`;
  return `${wrong} Enter ${wanted(rule)}${nearest(value, rule)}.`;
}

function isAllowed(
  value: number,
  { min = -Infinity, max = Infinity, isAboveMin = false, step, takesInfinity = false }: NumberRule,
): boolean {
  if (Number.isNaN(value) || (!Number.isFinite(value) && !takesInfinity)) return false;
  if (value === Infinity) return true;
  if (step !== undefined && !Number.isInteger(value / step)) return false;
  return (isAboveMin ? value > min : value >= min) && value <= max;
}

function wanted({ min, max, isAboveMin, step, takesInfinity }: NumberRule): string {
  const kind =
    step === undefined
      ? 'a number'
      : step === 1
        ? 'a whole number'
        : `a multiple of ${format(step)}`;
  const infinity = takesInfinity ? ', or “Infinity”' : '';
  if (min === undefined) return max === undefined ? kind : `${kind} up to ${format(max)}`;
  if (max === undefined)
    return `${kind}${isAboveMin ? ` above ${format(min)}` : `, ${format(min)} or more`}${infinity}`;
  return isAboveMin
    ? `${kind} above ${format(min)}, up to ${format(max)}${infinity}`
    : `${kind} from ${format(min)} to ${format(max)}${infinity}`;
}

/** The allowed values on both sides, where only some whole numbers are allowed. */
function nearest(value: number, { min = -Infinity, max = Infinity, step }: NumberRule): string {
  if (step === undefined || !Number.isFinite(value)) return '';
  const within = (candidate: number): number =>
    Math.min(Math.floor(max / step) * step, Math.max(Math.ceil(min / step) * step, candidate));
  const [low, high] = [
    within(Math.floor(value / step) * step),
    within(Math.ceil(value / step) * step),
  ];
  if (!Number.isFinite(low) || !Number.isFinite(high)) return '';
  return low === high ? `, such as ${format(low)}` : `, such as ${format(low)} or ${format(high)}`;
}
