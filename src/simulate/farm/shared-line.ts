/**
 * Machines that write files and send them over one shared line. A file can be sent once it is complete. The line is
 * shared max-min fairly, as TCP connections share it: a machine that cannot use its part leaves it to the rest, and so
 * does one that has finished.
 *
 * Fluid model: a machine may send what it has written less one file, and everything once it has finished writing. Against
 * a calculation file by file the end differs by less than the time of one file. Equal machines are calculated once.
 */

export interface Sender {
  readonly bytes: number;
  readonly fileBytes: number;
  readonly writeBytesPerS: number;
  /** How fast it can send; Infinity for no limit of its own. */
  readonly uploadBytesPerS: number;
}

export interface Sending {
  /** When the first file is complete. */
  readonly startS: number;
  /** When all files are. */
  readonly writtenS: number;
  /** When everything is sent; Infinity when never. */
  readonly sentS: number;
  /** Most bytes on the machine if each file is removed when it has arrived. */
  readonly peakBytes: number;
  /** Bytes sent at the times where the speed changes; linear in between. */
  readonly course: readonly { readonly atS: number; readonly sentBytes: number }[];
}

/** Stands for "no limit": products with a time of 0 stay numbers. */
const unlimited = 1e300;

class SendState {
  readonly count: number;
  readonly writtenS: number;
  readonly startS: number;
  sentBytes = 0;
  sentS = Infinity;
  peakBytes = 0;
  rate = 0;
  /** All that may be sent is sent: it can be no faster than it writes. */
  caughtUp = false;
  readonly course: { atS: number; sentBytes: number }[] = [];
  readonly #sender: Sender;
  readonly #lagBytes: number;
  readonly #setupS: number;

  constructor(sender: Sender, count: number, setupS: number) {
    this.#sender = sender;
    this.#setupS = setupS;
    this.count = count;
    this.#lagBytes = Math.min(sender.fileBytes, sender.bytes);
    this.startS = setupS + this.#lagBytes / sender.writeBytesPerS;
    this.writtenS = setupS + sender.bytes / sender.writeBytesPerS;
    this.peakBytes = this.#lagBytes;
    this.course.push({ atS: this.startS, sentBytes: 0 });
  }

  isSending(atS: number): boolean {
    return this.sentS === Infinity && atS >= this.startS;
  }

  /** The fastest that it could send now. */
  wanted(atS: number): number {
    const { uploadBytesPerS, writeBytesPerS } = this.#sender;
    const upload = Math.min(uploadBytesPerS, unlimited);
    return this.caughtUp && atS < this.writtenS ? Math.min(upload, writeBytesPerS) : upload;
  }

  /** When its own state changes next, at the present rate. */
  nextS(atS: number): number {
    if (this.sentS < Infinity) return Infinity;
    if (atS < this.startS) return this.startS;
    if (atS < this.writtenS) {
      const gain = this.rate - this.#sender.writeBytesPerS;
      const catchesUpS =
        !this.caughtUp && gain > 0
          ? atS + (this.#availableAt(atS) - this.sentBytes) / gain
          : Infinity;
      return Math.min(this.writtenS, catchesUpS);
    }
    return this.rate > 0 ? atS + (this.#sender.bytes - this.sentBytes) / this.rate : Infinity;
  }

  /** Moves on to `toS`, at most `nextS`. */
  advance(fromS: number, toS: number, isNext: boolean): void {
    if (!this.isSending(fromS)) return;
    const { bytes, writeBytesPerS } = this.#sender;
    const sent = this.sentBytes + this.rate * (toS - fromS);
    if (fromS >= this.writtenS) {
      this.sentBytes = isNext ? bytes : Math.min(bytes, sent);
      if (isNext) this.sentS = toS;
    } else {
      const available = this.#availableAt(toS);
      if (this.caughtUp && toS > fromS && this.rate < writeBytesPerS) this.caughtUp = false;
      if (isNext && toS < this.writtenS) this.caughtUp = true;
      this.sentBytes = this.caughtUp ? available : Math.min(available, sent);
    }
    const written = Math.min(bytes, (toS - this.#setupS) * writeBytesPerS);
    // The file that is on its way is removed when it has arrived.
    this.peakBytes = Math.max(
      this.peakBytes,
      Math.min(bytes, written - this.sentBytes + this.#lagBytes),
    );
    this.course.push({ atS: toS, sentBytes: this.sentBytes });
  }

  /** Sendable bytes while it still writes. */
  #availableAt(atS: number): number {
    return Math.max(0, (atS - this.#setupS) * this.#sender.writeBytesPerS - this.#lagBytes);
  }
}

/**
 * @param setupS when all machines start to write
 * @returns one entry per sender
 */
export function shareLine(
  senders: readonly Sender[],
  lineBytesPerS: number,
  setupS: number,
): readonly Sending[] {
  const groups = new Map<string, { readonly sender: Sender; count: number }>();
  for (const sender of senders) {
    const group = groups.get(keyOf(sender));
    if (group) group.count++;
    else groups.set(keyOf(sender), { sender, count: 1 });
  }
  const states = new Map(
    [...groups].map(([key, { sender, count }]) => [key, new SendState(sender, count, setupS)]),
  );
  const all = [...states.values()];
  let atS = setupS;
  for (;;) {
    divide(all, Math.min(lineBytesPerS, unlimited), atS);
    const nexts = all.map((state) => state.nextS(atS));
    const toS = nexts.reduce((soonest, next) => Math.min(soonest, next), Infinity);
    if (toS === Infinity) break;
    for (const [i, state] of all.entries()) state.advance(atS, toS, nexts[i] === toS);
    atS = toS;
  }
  return senders.map((sender) => {
    const state = states.get(keyOf(sender));
    if (!state) throw new RangeError('a sender is missing from its own group');
    const { startS, writtenS, sentS, peakBytes, course } = state;
    return { startS, writtenS, sentS, peakBytes, course };
  });
}

const keyOf = ({ bytes, fileBytes, writeBytesPerS, uploadBytesPerS }: Sender): string =>
  `${bytes} ${fileBytes} ${writeBytesPerS} ${uploadBytesPerS}`;

/** Max-min fair: those that want least first, each at most an equal part of what is left. */
function divide(states: readonly SendState[], lineBytesPerS: number, atS: number): void {
  const sending = states
    .filter((state) => state.isSending(atS))
    .sort((a, b) => a.wanted(atS) - b.wanted(atS));
  let connections = sending.reduce((sum, { count }) => sum + count, 0);
  let free = lineBytesPerS;
  for (const state of sending) {
    state.rate = Math.min(state.wanted(atS), free / connections);
    free = Math.max(0, free - state.rate * state.count);
    connections -= state.count;
  }
}

/** Bytes sent by a time. */
export function sentAt({ course }: Pick<Sending, 'course'>, atS: number): number {
  let before = course[0];
  if (!before || atS <= before.atS) return 0;
  for (const point of course) {
    if (point.atS >= atS)
      return point.atS === before.atS
        ? point.sentBytes
        : before.sentBytes +
            ((point.sentBytes - before.sentBytes) * (atS - before.atS)) / (point.atS - before.atS);
    before = point;
  }
  return before.sentBytes;
}
