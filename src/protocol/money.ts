/** Amounts in SMH for display. The database and the node count in smidge. */
import { smidgePerSmh } from './units';

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** Exact, without the zeros at the end: 1500000000n is "1.5 SMH". */
export function formatSmh(smidge: bigint): string {
  const sign = smidge < 0n ? '−' : '';
  const amount = smidge < 0n ? -smidge : smidge;
  const fraction = String(amount % smidgePerSmh)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return `${sign}${whole.format(amount / smidgePerSmh)}${fraction && `.${fraction}`} SMH`;
}

export const formatSmidge = (smidge: bigint): string => `${whole.format(smidge)} smidge`;

/** For charts only: rounds to a double. */
export const smhNumber = (smidge: bigint): number => Number(smidge) / Number(smidgePerSmh);
