/** What label rate to expect of a GPU that is not at hand: ROMix is bound by memory, so its bandwidth tells. */
import { mainnetPost } from '../../protocol/units';

export interface GpuModel {
  readonly name: string;
  /** Peak bandwidth in 10^9 bytes per second, of the maker's data sheet. */
  readonly memoryGBPerS: number;
}

export const gpuModels: readonly GpuModel[] = [
  { name: 'RTX 3060', memoryGBPerS: 360 },
  { name: 'RTX 3070', memoryGBPerS: 448 },
  { name: 'RTX 3080', memoryGBPerS: 760 },
  { name: 'RTX 3090', memoryGBPerS: 936 },
  { name: 'RTX 4070', memoryGBPerS: 504 },
  { name: 'RTX 4080', memoryGBPerS: 717 },
  { name: 'RTX 4090', memoryGBPerS: 1008 },
  { name: 'RTX 5090', memoryGBPerS: 1792 },
  { name: 'RX 7900 XTX', memoryGBPerS: 960 },
  { name: 'T4', memoryGBPerS: 320 },
  { name: 'L4', memoryGBPerS: 300 },
  { name: 'A10', memoryGBPerS: 600 },
  { name: 'V100', memoryGBPerS: 900 },
  { name: 'A100 (80 GB, SXM)', memoryGBPerS: 2039 },
  { name: 'H100 (SXM)', memoryGBPerS: 3350 },
];

/**
 * Of the peak, what scattered reads of complete rows reach: an RTX 3090 is reported at about 484,000 labels per second,
 * which is 0.81 of its 936 GB/s.
 */
const reached = 0.8;

/**
 * An estimate, never a measurement. With look-up gap 2 a label writes N / 2 rows of 128 bytes and reads N.
 * @returns labels per second
 */
export const estimatedLabelsPerS = (
  { memoryGBPerS }: GpuModel,
  scryptN: number = mainnetPost.scryptN,
): number => (reached * memoryGBPerS * 1e9) / (1.5 * scryptN * 128);
