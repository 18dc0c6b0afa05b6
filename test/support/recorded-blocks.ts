import { blocksOf } from '../../src/state/engine/block-cache';
import type { BlockSource, SyncSource, Ticket } from '../../src/state/engine/source';

export interface RecordingSource extends BlockSource {
  /** Offset and length of every read, in order. */
  readonly reads: [number, number][];
  /** How many of them SQLite had to wait for from their beginning. */
  demands: number;
}

/**
 * Blocks that remember what was asked of them. With a background they fill slots only when these are waited for, as a slow
 * thread does; of what has been begun all but the last is done when asked.
 */
export function recorded(source: SyncSource, background = true): RecordingSource {
  const inner = blocksOf(source);
  const pending = new Map<number, () => void>();
  let begun = 0;
  const finish = (sequence: number): boolean => {
    const fill = pending.get(sequence);
    if (!fill) throw new Error(`read ${sequence} is waited for twice`);
    pending.delete(sequence);
    try {
      fill();
      return true;
    } catch {
      return false;
    }
  };
  const self: RecordingSource = {
    reads: [],
    demands: 0,
    sizeBytes: source.sizeBytes,
    allocate: (bytes) => inner.allocate(bytes),
    fill: (offset, length, slots) => {
      self.reads.push([offset, length]);
      self.demands++;
      inner.fill(offset, length, slots);
    },
    ...(background && {
      prefetch: (offset: number, length: number, slots: readonly number[]) => {
        self.reads.push([offset, length]);
        const sequence = ++begun;
        pending.set(sequence, () => inner.fill(offset, length, slots));
        return { channel: 0, sequence };
      },
      isDone: ({ sequence }: Ticket) => sequence < begun,
      settle: ({ sequence }: Ticket) => finish(sequence),
    }),
  };
  return self;
}
