/** How the figures of a cell are written. */
import type { MatrixCell } from '../../post/profile/run';
import { formatBytes, formatNumber } from '../../base/format';

export const kindTitles: Readonly<Record<MatrixCell['kind'], string>> = {
  proving: 'Proving',
  k2pow: 'k2pow',
  labels: 'Labels',
  read: 'Reading',
};

export function formatRate(kind: MatrixCell['kind'], perS: number): string {
  switch (kind) {
    case 'proving':
    case 'read':
      return `${formatBytes(perS)}/s`;
    case 'k2pow':
      return `${formatNumber(perS)} hashes/s`;
    case 'labels':
      return `${formatNumber(perS)} labels/s`;
  }
}

/** "± 3 %" of the median: half the range. */
export const formatSpread = (spread: number): string =>
  spread === 0 ? '' : `± ${formatNumber(spread * 50, 2)} %`;
