/** Progress of a job on the error output: one line that is rewritten on a terminal, else a line every 10 s. */
import { formatBytes, formatCount, formatDuration, formatPercent } from '../base/format';
import type { Progress } from '../base/progress';
import type { CliContext } from './context';

const terminalStepMs = 200;
const lineStepMs = 10_000;

interface ProgressOutput {
  readonly onProgress: (progress: Progress) => void;
  /** Clears the line on a terminal. */
  finish(): void;
}

export function progressOutput(
  { err }: Pick<CliContext, 'err'>,
  name: string,
  describe: (progress: Progress) => string = describeShare,
): ProgressOutput {
  const { isTerminal } = err;
  let nextMs = performance.now() + (isTerminal ? terminalStepMs : lineStepMs);
  let hasLine = false;
  const write = (text: string): void => void err.write(text);
  return {
    onProgress: (progress) => {
      const nowMs = performance.now();
      if (nowMs < nextMs) return;
      nextMs = nowMs + (isTerminal ? terminalStepMs : lineStepMs);
      hasLine = isTerminal;
      const line = `${name}: ${describe(progress)}`;
      write(isTerminal ? `\r\u001b[K${line}` : `${line}\n`);
    },
    finish: () => {
      if (hasLine) write('\r\u001b[K');
      hasLine = false;
    },
  };
}

/** "12.5 % (1.2 GiB of 9.6 GiB), 35 s left". */
function describeShare({ done, total, unit, etaS }: Progress): string {
  const count = unit === 'bytes' ? formatBytes : formatCount;
  const share = total > 0 ? done / total : 1;
  const amounts = `${count(done)} of ${count(total)}${unit === 'bytes' ? '' : ` ${unit}`}`;
  const left = etaS === undefined ? '' : `, ${formatDuration(etaS)} left`;
  return `${formatPercent(share, 1)} (${amounts})${left}`;
}
