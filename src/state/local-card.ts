/**
 * "Am I eligible, when is the next slot, is the proof out, is anything wrong?": the answers of a local.sql, as of the moment it
 * was copied. What the node stores and when it deletes it: go-spacemesh activation/activation.go and nipost.go; challenge,
 * proof and registrations of an ATX are deleted once it is published.
 */
import { counted } from '../base/counted';
import { formatInstant, type TimeZone } from '../base/instant';
import { layerAt, layerStartMs, type LayerClock } from '../protocol/epochs';
import type { LocalIdentity } from './queries/local-node';

export interface CardAnswer {
  readonly question: string;
  readonly answer: string;
  readonly severity: 'good' | 'info' | 'warn' | 'bad';
}

export interface CardContext {
  /** When the files were last written: nothing later is in them. */
  readonly copiedMs: number;
  readonly clock: LayerClock | undefined;
  readonly zone: TimeZone;
  readonly schemaVersion: number;
}

export const localCard = (identity: LocalIdentity, context: CardContext): readonly CardAnswer[] => [
  { question: 'Is the proof out?', ...proofAnswer(identity, context) },
  { question: 'Am I eligible, and when is the next slot?', ...slotAnswer(identity, context) },
  { question: 'Is anything wrong?', ...problemAnswer(identity, context) },
];

type Answer = Omit<CardAnswer, 'question'>;

const hourMs = 3_600_000;
/** After a round the node has the cycle gap, 12 hours on mainnet, to make the proof. */
const gapMs = 12 * hourMs;

function proofAnswer(identity: LocalIdentity, { copiedMs, zone }: CardContext): Answer {
  const { challenge, registrations, isProofReady, units } = identity;
  const at = (ms: number): string => formatInstant(ms, zone);
  if (!challenge)
    return {
      severity: 'info',
      answer:
        units === null
          ? 'Nothing is pending, and no initial proof is stored: this identity has not begun, or an ATX of it exists already.'
          : 'Nothing is pending. The initial proof is stored; the node has not prepared the next ATX.',
    };
  const target = `the ATX of publish epoch ${challenge.publishEpoch}`;
  if (isProofReady)
    return {
      severity: 'warn',
      answer: `The proof for ${target} is made. The ATX is not yet published: keep the node running and in sync.`,
    };
  const ends = registrations.map(({ roundEndMs }) => roundEndMs);
  if (ends.length === 0)
    return {
      severity: 'warn',
      answer: `No. ${target} is prepared, and it is registered with no PoET. If the round has started without it, this epoch is missed.`,
    };
  const end = Math.max(...ends);
  const poets = counted(ends.length, 'PoET');
  if (copiedMs < Math.min(...ends))
    return {
      severity: 'good',
      answer: `Not yet. For ${target} it is registered with ${poets}; the round ends at ${at(Math.min(...ends))}, and the node proves then.`,
    };
  const isLate = copiedMs - end > gapMs;
  return {
    severity: isLate ? 'bad' : 'warn',
    answer: `Not yet. The round for ${target} ended at ${at(end)}, ${
      challenge.hasPoetProof
        ? 'the PoET proof is here, and the proof over the data is not'
        : 'and no PoET proof is stored yet'
    }. ${
      isLate
        ? 'This was more than 12 hours before the copy: look into the log.'
        : 'The node must finish before the next round starts.'
    }`,
  };
}

function slotAnswer(
  { slots, lastProposalLayer }: LocalIdentity,
  { copiedMs, clock, zone, schemaVersion }: CardContext,
): Answer {
  if (slots === null)
    return {
      severity: 'info',
      answer: `Not stored: schema ${schemaVersion} has no table of slots. The node's events and log list them.`,
    };
  if (slots.length === 0)
    return {
      severity: 'warn',
      answer:
        'No slot is stored: there is no ATX for this epoch, or the node has not computed them.',
    };
  const last =
    lastProposalLayer === null ? '' : ` The last proposal was made in layer ${lastProposalLayer}.`;
  const now =
    clock && copiedMs >= clock.genesisMs
      ? layerAt(clock, copiedMs)
      : (lastProposalLayer ?? undefined);
  if (now === undefined)
    return {
      severity: 'info',
      answer: `${counted(slots.length, 'slot')} from layer ${slots[0] ?? 0} to ${slots.at(-1) ?? 0}. Which is next depends on the network's clock, which a local.sql does not hold.`,
    };
  const next = slots.find((layer) => layer > now);
  if (next === undefined)
    return {
      severity: 'info',
      answer: `All ${counted(slots.length, 'slot')} are over: the last one was in layer ${slots.at(-1) ?? 0}.${last}`,
    };
  const start = clock ? ` at ${formatInstant(layerStartMs(clock, next), zone)}` : '';
  const left = slots.filter((layer) => layer > now).length;
  return {
    severity: 'good',
    answer: `Yes: the next slot is in layer ${next}${start}, the first of ${left} that are left.${last}`,
  };
}

function problemAnswer({ events }: LocalIdentity, { zone, schemaVersion }: CardContext): Answer {
  if (events === null)
    return {
      severity: 'info',
      answer: `Not stored: schema ${schemaVersion} has no table of events. Drop the node's log on the Node page.`,
    };
  const failure = events.find(({ isFailure }) => isFailure);
  if (failure)
    return {
      severity: 'bad',
      answer: `The newest failure is of ${formatInstant(failure.timeMs, zone)}: ${failure.text}`,
    };
  const [newest] = events;
  const unread = events.filter(({ isFailure }) => isFailure === null).length;
  if (unread > 0)
    return {
      severity: 'info',
      answer: `Of the newest ${counted(events.length, 'event')} ${unread} cannot be read. No failure among the rest. The node's log has all of them.`,
    };
  return newest
    ? {
        severity: 'good',
        answer: `No failure among the newest ${counted(events.length, 'event')}. The last one, of ${formatInstant(newest.timeMs, zone)}: ${newest.text}`,
      }
    : { severity: 'info', answer: 'No event is stored.' };
}
