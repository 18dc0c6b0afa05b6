/**
 * How the Identity document, which may not use the network and opens no database, learns whether an
 * identity is known as malicious: it asks the workbench's other tabs over a channel of this origin. Only
 * public ids cross.
 */
import { readBytes } from '../../base/bytes';
import { randomId } from '../../base/random-id';
import { scopedName } from '../../base/scope';

const channelName = (): string => scopedName('workbench-malfeasance', location.pathname);

interface Question {
  readonly question: string;
  /** Hex. */
  readonly ids: readonly string[];
}

interface Answer {
  readonly answerTo: string;
  /** Hex ids of those that the open database has a proof against. */
  readonly malicious: readonly { readonly id: string; readonly why: string }[];
}

interface KnownMalfeasance {
  readonly nodeId: Uint8Array;
  readonly why: string;
}

/**
 * Asks all tabs. `onAnswer` is called for each open database, whenever its tab gets to answer: one in the background may
 * take its time.
 * @returns stops listening
 */
export function askMalfeasance(
  ids: readonly string[],
  onAnswer: (malicious: readonly KnownMalfeasance[]) => void,
): () => void {
  const channel = new BroadcastChannel(channelName());
  const question = randomId();
  channel.addEventListener('message', ({ data }: MessageEvent<Question | Answer>) => {
    if (!('answerTo' in data) || data.answerTo !== question) return;
    onAnswer(data.malicious.map(({ id, why }) => ({ nodeId: readBytes(id, 32, 'identity'), why })));
  });
  if (ids.length > 0) channel.postMessage({ question, ids } satisfies Question);
  return () => channel.close();
}

/**
 * Answers such questions for as long as the page lives.
 * @param look finds which of the ids are malicious in the open database; undefined if none is open
 */
export function answerMalfeasance(
  look: (ids: readonly string[]) => Promise<Answer['malicious'] | undefined>,
): void {
  const channel = new BroadcastChannel(channelName());
  channel.addEventListener('message', ({ data }: MessageEvent<Question | Answer>) => {
    if (!('question' in data)) return;
    void look(data.ids).then((malicious) => {
      if (malicious) channel.postMessage({ answerTo: data.question, malicious } satisfies Answer);
    });
  });
}
