/** Which network a database is of, as far as an audit must know it. */
import { atxSignedBytes, type Atx } from '../protocol/atx';
import type { Bytes } from '../base/bytes';
import { mainnetEligibility, type EligibilityRules } from '../protocol/eligibility';
import type { NetworkParameters } from '../protocol/parameters';
import { networkParameters } from '../protocol/parameters';
import { genesisId, goldenAtx, mainnetGenesis, verifySignature } from '../protocol/signing';
import { missingFrom } from '../state/schema';
import { inferLayersPerEpoch } from '../state/queries/epochs';
import type { Queryable } from '../state/queries/ask';
import type { JobOptions } from '../base/progress';
import { commitmentIn, tryDecodeAtx } from './evidence';
import { askAll } from '../state/queries/ask';

/** The genesis id is the head of the golden ATX. */
const genesisIdBytes = 20;

export interface AuditNetwork {
  /** "mainnet", "standalone", …: for the user. */
  readonly name: string;
  readonly post: NetworkParameters;
  /** PoET leaves of one tick. */
  readonly tickSize: bigint;
  /** 20 bytes, under every signature; undefined: signatures are inconclusive. */
  readonly genesisId: Bytes | undefined;
  /** 32 bytes. */
  readonly goldenAtx: Bytes | undefined;
  /** Undefined: the eligibility of ballots is not checked. */
  readonly eligibility?: EligibilityRules | undefined;
}

/** By preset; a network of one's own has its own genesis id. */
export const auditNetworks = {
  /** go-spacemesh config/mainnet.go. */
  mainnet: {
    name: 'mainnet',
    post: networkParameters.mainnet,
    tickSize: 9_331_200n,
    genesisId: genesisId(mainnetGenesis.timeS, mainnetGenesis.extraData),
    goldenAtx: goldenAtx(mainnetGenesis.timeS, mainnetGenesis.extraData),
    eligibility: { ...mainnetEligibility, minWeight: BigInt(mainnetEligibility.minWeight) },
  },
  /** go-spacemesh config/presets/testnet.go. */
  testnet: {
    name: 'testnet',
    post: networkParameters.testnet,
    tickSize: 666_514n,
    genesisId: undefined,
    goldenAtx: undefined,
    eligibility: { committeeSize: 50, layersPerEpoch: 288, minWeight: 10_000n },
  },
  /** go-spacemesh config/presets/standalone.go and config.go. */
  standalone: {
    name: 'standalone',
    post: networkParameters.standalone,
    tickSize: 100n,
    genesisId: undefined,
    goldenAtx: undefined,
    eligibility: { committeeSize: 50, layersPerEpoch: 10, minWeight: 0n },
  },
} as const satisfies Record<string, AuditNetwork>;

export type AuditNetworks = Readonly<Record<keyof typeof auditNetworks, AuditNetwork>>;

/** ATXs looked at: the first of a database, whose positioning ATX may be the golden one. */
const firstAtxs = 8;

/**
 * Finds out the network of a database by whose genesis id the first ATXs are signed under: mainnet's, or the head of
 * the ATX that they are positioned after or committed to, which is then the golden one. Of another network than
 * mainnet, the preset is the one whose labels per unit the first PoSTs state.
 * @returns undefined if no signature holds, or no preset fits: ask the user
 */
export async function findNetwork(
  database: Queryable,
  { signal }: Pick<JobOptions, 'signal'> = {},
): Promise<AuditNetwork | undefined> {
  const { tables } = database.info;
  const has = (...needs: string[]): boolean => missingFrom(tables, needs).length === 0;
  if (!has('atxs')) return undefined;
  const version = has('atx_blobs.version') ? 'b.version' : '1';
  const { rows } = await askAll(
    database,
    has('atx_blobs')
      ? `SELECT b.atx, ${version} FROM atxs a JOIN atx_blobs b ON b.id = a.id
         WHERE length(b.atx) > 0 ORDER BY a.epoch LIMIT ${firstAtxs}`
      : `SELECT atx, 1 FROM atxs WHERE length(atx) > 0 ORDER BY epoch LIMIT ${firstAtxs}`,
    [],
    { signal },
  );
  const atxs = rows.flatMap(([blob, stored]) => {
    const atx = blob instanceof Uint8Array && tryDecodeAtx(blob, Number(stored ?? 0) || 1);
    return atx ? [atx] : [];
  });
  if (await isSignedUnder(auditNetworks.mainnet.genesisId, atxs, signal))
    return auditNetworks.mainnet;

  let golden: Bytes | undefined;
  for (const id of atxs.flatMap((atx) => [
    atx.positioningAtx,
    commitmentIn(atx) ?? atx.positioningAtx,
  ]))
    if (await isSignedUnder(id.subarray(0, genesisIdBytes), atxs, signal)) {
      golden = new Uint8Array(id);
      break;
    }
  const labelsPerUnit = atxs
    .flatMap((atx) => (atx.version === 1 ? [atx.nipost?.postMetadata?.labelsPerUnit] : []))
    .find((stated) => stated !== undefined);
  const preset = [auditNetworks.standalone, auditNetworks.testnet].find(
    ({ post }) => post.labelsPerUnit === labelsPerUnit,
  );
  if (!golden || !preset) return undefined;
  const { layersPerEpoch, source } = await inferLayersPerEpoch(database, { signal });
  return {
    ...preset,
    genesisId: golden.slice(0, genesisIdBytes),
    goldenAtx: golden,
    eligibility:
      source === 'inferred' ? { ...preset.eligibility, layersPerEpoch } : preset.eligibility,
  };
}

/** Whether one of the ATXs is. A check takes milliseconds: each is a task of its own, so that the page responds. */
async function isSignedUnder(
  network: Uint8Array,
  atxs: readonly Atx[],
  signal: AbortSignal | undefined,
): Promise<boolean> {
  for (const atx of atxs) {
    await new Promise((resolve) => setTimeout(resolve));
    signal?.throwIfAborted();
    const signed = { network, domain: 'atx', message: atxSignedBytes(atx) } as const;
    if (verifySignature(atx.smesher, signed, atx.signature)) return true;
  }
  return false;
}
