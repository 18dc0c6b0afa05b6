/**
 * When the layers of a database began. state.sql holds neither the genesis time nor the layer time, but its messages are
 * signed under a genesis id, and that is a hash of the genesis time (protocol/genesis.ts).
 */
import { epochStartMs } from '../protocol/epochs';
import { genesisAt, knownGenesis, type ProvedGenesis } from '../protocol/genesis';
import { missingFrom } from '../state/schema';
import { askAll, type Queryable } from '../state/queries/ask';
import type { JobOptions } from '../base/progress';
import { findNetwork } from './network';

export interface FoundClock {
  /** "mainnet", "standalone" … */
  readonly network: string;
  readonly genesisMs: number;
  /** As the preset of the network has it: it is not part of the genesis id. */
  readonly layerMs: number;
}

/** Genesis times tried before the first ATX: a network of one's own starts minutes before it. */
const triedS = 20_000;
const msPerS = 1000;
/** Between two pauses, so that the page responds. */
const sliceMs = 8;

/**
 * @returns undefined where the genesis id is unknown, no known preset has it, or ATXs were received before the epoch that
 * they name began: then the layer time is not the preset's
 * @throws as `findNetwork`
 */
export async function findClock(
  database: Queryable,
  layersPerEpoch: number,
  { signal }: Pick<JobOptions, 'signal'> = {},
): Promise<FoundClock | undefined> {
  const network = await findNetwork(database, { signal });
  if (!network?.genesisId) return undefined;
  const received = await receivedAtxs(database, signal);
  const proved = await proveGenesis(network.genesisId, received[0]?.receivedMs, signal);
  if (!proved) return undefined;
  const clock = {
    genesisMs: proved.genesisMs,
    layerMs: proved.network.timing.layerMs,
    layersPerEpoch,
  };
  // A clock that is a minute wrong does not contradict.
  const isTooEarly = ({ epoch, receivedMs }: Received): boolean =>
    receivedMs + 60_000 < epochStartMs(clock, epoch);
  if (received.some(isTooEarly)) return undefined;
  return {
    network: proved.network.name,
    genesisMs: clock.genesisMs,
    layerMs: clock.layerMs,
  };
}

interface Received {
  readonly epoch: number;
  readonly receivedMs: number;
}

/** The first ATX of each of the oldest and newest epochs: by the index of epochs, not by a scan. */
async function receivedAtxs(
  database: Queryable,
  signal: AbortSignal | undefined,
): Promise<Received[]> {
  if (missingFrom(database.info.tables, ['atxs.received', 'atxs.epoch']).length > 0) return [];
  const [edges] = // Two look-ups in an index; in one SELECT they would be a scan.
    (
      await askAll(
        database,
        'SELECT (SELECT min(epoch) FROM atxs), (SELECT max(epoch) FROM atxs)',
        [],
        { signal },
      )
    ).rows;
  const [first, last] = [Number(edges?.[0] ?? 0), Number(edges?.[1] ?? -1)];
  const found: Received[] = [];
  for (const epoch of new Set([first, first + 1, last - 1, last])) {
    if (epoch < first || epoch > last) continue;
    // 0 marks an ATX of a checkpoint.
    const { rows } = await askAll(
      database,
      'SELECT received / 1000000 FROM atxs WHERE epoch = :epoch AND received > 0 LIMIT 100',
      { epoch },
      { signal },
    );
    if (rows.length > 0)
      found.push({ epoch, receivedMs: Math.min(...rows.map(([ms]) => Number(ms))) });
  }
  return found;
}

async function proveGenesis(
  id: Uint8Array,
  firstMs: number | undefined,
  signal: AbortSignal | undefined,
): Promise<ProvedGenesis | undefined> {
  const known = knownGenesis(id);
  if (known || firstMs === undefined) return known;
  const lastS = Math.floor(firstMs / msPerS);
  let due = performance.now() + sliceMs;
  for (let timeS = lastS; timeS > lastS - triedS; timeS--) {
    const proved = genesisAt(id, timeS);
    if (proved) return proved;
    if (performance.now() < due) continue;
    await new Promise((resolve) => setTimeout(resolve));
    signal?.throwIfAborted();
    due = performance.now() + sliceMs;
  }
  return undefined;
}
