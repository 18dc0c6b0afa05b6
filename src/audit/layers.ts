/**
 * The audit of layers: hashes, accounts and certificates, as far as a database determines them. Sources: go-spacemesh
 * v1.7.6 genvm/vm.go Apply (state hash, accounts), tortoise/opinionhash and tortoise/state.go (mesh hash),
 * blocks/certifier.go and hare3/eligibility/oracle.go (certificates).
 *
 * Not determined: the seats of a certificate's members, what a transaction does to accounts beyond the sum, and the
 * accounts that were changed in layers whose rows were pruned.
 */
import { blake3 } from '@noble/hashes/blake3.js';
import { decodeBlock } from '../protocol/block';
import { concatBytes, equalBytes, isZero, toHex, type Bytes } from '../base/bytes';
import { certifyVrfMessage, decodeCertificate } from '../protocol/certificate';
import { counted } from '../base/counted';
import { WorkbenchError } from '../base/error';
import { encodeCompact } from '../protocol/scale';
import { verifySignature } from '../protocol/signing';
import { decodeTransactionResult } from '../protocol/transaction-result';
import { verifyVrf } from '../protocol/vrf';
import { lacks, type Queryable } from '../state/queries/ask';
import { missingFrom } from '../state/schema';
import type { SqlParams, SqlValue } from '../state/types';
import { ProgressMeter, type JobOptions } from '../base/progress';
import { judged } from './check';
import { blockId, bytesOf, integerOf, readable } from './layer-data';
import type { Check, CheckName, Outcome, Report } from './types';
import { seatsNotChecked } from './certificate-seats';
import { verdictOf } from './verdict';
import { askAll } from '../state/queries/ask';

export interface LayerNetwork {
  readonly genesisId: Uint8Array | undefined;
  readonly layersPerEpoch: number;
}

export interface LayerReport extends Report {
  readonly layer: number;
}

export interface LayerTotals {
  readonly outcome: Outcome;
  readonly layers: number;
  readonly byOutcome: Readonly<Record<Outcome, number>>;
  readonly failedBy: ReadonlyMap<CheckName, number>;
  readonly notCheckedBy: ReadonlyMap<CheckName, number>;
  readonly notChecked: readonly CheckName[];
  readonly skipped: readonly CheckName[];
}

export interface LayerAuditOptions extends JobOptions {
  /** Every layer's report, in order. */
  readonly onReport?: ((report: LayerReport) => void) | undefined;
}

export const layerChecks = [
  'state-hash',
  'account-balances',
  'mesh-hash',
  'certificate',
  'certificate-signatures',
  'certificate-vrf',
  'certificate-seats',
] as const satisfies readonly CheckName[];

const certificateChecks = layerChecks.filter((check) => check.startsWith('certificate'));

const needs = ['layers.applied_block', 'layers.state_hash', 'layers.aggregated_hash'] as const;

/**
 * Audits the applied layers of a range. Progress counts layers. Memory: one layer's accounts and certificate.
 * @throws WorkbenchError `schema-lacks`, of the database; AbortError
 */
export async function auditLayers(
  database: Queryable,
  network: LayerNetwork,
  { fromLayer, toLayer }: { readonly fromLayer: number; readonly toLayer: number },
  { signal, onProgress, onReport }: LayerAuditOptions = {},
): Promise<LayerTotals> {
  const missing = missingFrom(database.info.tables, needs);
  if (missing.length > 0) throw lacks(database.info, 'The audit of layers', missing);
  const byOutcome: Record<Outcome, number> = { pass: 0, fail: 0, inconclusive: 0 };
  const failedBy = new Map<CheckName, number>();
  const notCheckedBy = new Map<CheckName, number>();
  const add = (counts: Map<CheckName, number>, names: Iterable<CheckName>): void => {
    for (const name of new Set(names)) counts.set(name, (counts.get(name) ?? 0) + 1);
  };
  const reader = new LayerReader(database, network, signal);
  const meter = new ProgressMeter(Math.max(0, toLayer - fromLayer + 1), 'layers');
  for (let layer = fromLayer; layer <= toLayer; layer++) {
    signal?.throwIfAborted();
    const report = await reader.audit(layer);
    if (report) {
      byOutcome[report.outcome]++;
      add(
        failedBy,
        report.checks.filter(({ outcome }) => outcome === 'fail').map(({ check }) => check),
      );
      add(notCheckedBy, report.notChecked);
      onReport?.(report);
    }
    onProgress?.(meter.advance(1));
  }
  const { pass, fail, inconclusive } = byOutcome;
  return {
    outcome: fail > 0 ? 'fail' : inconclusive > 0 || pass === 0 ? 'inconclusive' : 'pass',
    layers: pass + fail + inconclusive,
    byOutcome,
    failedBy,
    notCheckedBy,
    notChecked: [...notCheckedBy.keys()],
    skipped: [],
  };
}

/** A row of the table layers. */
interface LayerRow {
  readonly layer: number;
  readonly applied: Uint8Array;
  readonly stateHash: Uint8Array | undefined;
  readonly meshHash: Uint8Array | undefined;
  readonly previousMeshHash: Uint8Array | undefined;
}

class LayerReader {
  readonly #database: Queryable;
  readonly #network: LayerNetwork;
  readonly #signal: AbortSignal | undefined;
  #accountsKeepOrder: boolean | undefined;
  /** Of the latest epoch asked for. */
  #beacon: { readonly epoch: number; readonly value: Uint8Array | undefined } | undefined;

  constructor(database: Queryable, network: LayerNetwork, signal: AbortSignal | undefined) {
    this.#database = database;
    this.#network = network;
    this.#signal = signal;
  }

  /** @returns undefined for a layer that was not applied here */
  async audit(layer: number): Promise<LayerReport | undefined> {
    const [row] = await this.#rows(
      `SELECT l.applied_block, l.state_hash, l.aggregated_hash, p.aggregated_hash
       FROM layers l LEFT JOIN layers p ON p.id = l.id - 1 WHERE l.id = :layer`,
      { layer },
    );
    const applied = bytesOf(row?.[0]);
    if (!row || !applied) return undefined;
    const known: LayerRow = {
      layer,
      applied: blockId(applied),
      stateHash: bytesOf(row[1]),
      meshHash: bytesOf(row[2]),
      previousMeshHash: bytesOf(row[3]),
    };
    // The effective genesis has neither accounts nor a certificate: it is where the hashes begin.
    if (!known.stateHash && !known.previousMeshHash) return undefined;
    const checks = [
      await this.#stateHash(known),
      await this.#balances(known),
      await this.#meshHash(known),
      ...(await this.#certificate(known)),
    ];
    return {
      layer,
      ...verdictOf(checks, { needed: ['state-hash', 'mesh-hash'], expected: layerChecks }),
    };
  }

  /** The hash over the accounts that the layer changed, in the order in which they were written. */
  async #stateHash({ layer, stateHash }: LayerRow): Promise<Check> {
    if (!stateHash)
      return judged('state-hash', 'inconclusive', 'The table has no state hash for this layer.');
    if (!this.#has('accounts.state'))
      return judged('state-hash', 'inconclusive', 'The database has no table accounts.');
    if (!(await this.#keepsOrder()))
      return judged(
        'state-hash',
        'inconclusive',
        'The hash depends on the order in which accounts were written, which tables before v1.4 do not keep.',
      );
    const accounts = await this.#rows(
      `SELECT address, next_nonce, balance, template, state FROM accounts
       WHERE layer_updated = :layer ORDER BY rowid`,
      { layer },
      ['next_nonce', 'balance'],
    );
    const encoded = accounts.map(([address, nonce, balance, template, state]) => {
      const templateAddress = bytesOf(template);
      const data = bytesOf(state) ?? new Uint8Array();
      return concatBytes(
        encodeCompact(BigInt(layer)),
        bytesOf(address) ?? new Uint8Array(),
        encodeCompact(integerOf(nonce)),
        encodeCompact(integerOf(balance)),
        templateAddress ? concatBytes(Uint8Array.of(1), templateAddress) : Uint8Array.of(0),
        encodeCompact(BigInt(data.length)),
        data,
      );
    });
    const computed = blake3(concatBytes(...encoded));
    const isSame = equalBytes(computed, stateHash);
    return judged(
      'state-hash',
      isSame,
      isSame
        ? `The hash over the ${counted(accounts.length, 'account')} that the layer changed is the one in the table.`
        : `The ${counted(accounts.length, 'account')} with this layer hash to ${toHex(computed)}, but the table has ${toHex(stateHash)}.`,
    );
  }

  /** Rewards raise balances; transactions only move smidge, and pay fees that are in the rewards again. */
  async #balances({ layer, applied }: LayerRow): Promise<Check> {
    const say = (outcome: boolean | Outcome, explanation: string): Check =>
      judged('account-balances', outcome, explanation);
    if (!this.#has('accounts.balance') || !this.#has('rewards.total_reward'))
      return say('inconclusive', 'The database has no table accounts or rewards.');
    const changes = (
      await this.#rows(
        `SELECT a.address, a.balance, (SELECT b.balance FROM accounts b WHERE b.address = a.address
           AND b.layer_updated < a.layer_updated ORDER BY b.layer_updated DESC LIMIT 1)
         FROM accounts a WHERE a.layer_updated = :layer`,
        { layer },
      )
    ).map(([address, now, before]) => ({
      address: toHex(bytesOf(address) ?? new Uint8Array()),
      change: integerOf(now) - integerOf(before),
    }));
    const rewards = new Map(
      (
        await this.#rows(
          'SELECT coinbase, sum(total_reward) FROM rewards WHERE layer = :layer GROUP BY coinbase',
          { layer },
        )
      ).map(([coinbase, total]) => [
        toHex(bytesOf(coinbase) ?? new Uint8Array()),
        integerOf(total),
      ]),
    );
    const results = this.#has('transactions.result')
      ? (
          await this.#rows(
            'SELECT result FROM transactions WHERE layer = :layer AND result IS NOT NULL',
            { layer },
          )
        ).map(([blob]) =>
          readable(() => decodeTransactionResult(bytesOf(blob) ?? new Uint8Array())),
        )
      : [];
    const damaged = results.find((result) => result instanceof WorkbenchError);
    if (damaged instanceof WorkbenchError) return say('inconclusive', damaged.message);
    const inBlock = results.filter(
      (result) => !(result instanceof WorkbenchError) && equalBytes(result.block, applied),
    );
    const paid = [...rewards.values()].reduce((sum, reward) => sum + reward, 0n);
    const sum = changes.reduce((total, { change }) => total + change, 0n);
    if (inBlock.length > 0) {
      const fees = inBlock.reduce(
        (total, result) => total + (result instanceof WorkbenchError ? 0n : result.feeSmidge),
        0n,
      );
      return say(
        sum === paid - fees,
        `${counted(inBlock.length, 'transaction')} moved smidge between accounts, so only the sum is checked: balances changed by ${sum}; rewards less fees are ${paid - fees}.`,
      );
    }
    const wrong = changes.find(({ address, change }) => rewards.get(address) !== change);
    if (wrong)
      return say(
        false,
        `The balance of ${wrong.address} changed by ${wrong.change}, but it was paid ${rewards.get(wrong.address) ?? 0n}.`,
      );
    const unpaid = [...rewards.keys()].find((coinbase) =>
      changes.every(({ address }) => address !== coinbase),
    );
    return say(
      unpaid === undefined,
      unpaid === undefined
        ? `The balances of ${counted(changes.length, 'account')} changed by their rewards, ${paid} smidge in all.`
        : `Coinbase ${unpaid} was paid, but its balance did not change.`,
    );
  }

  /** The hash over the opinion on the layer before, and the block that the layer supports. */
  async #meshHash({ layer, applied, meshHash, previousMeshHash }: LayerRow): Promise<Check> {
    const say = (outcome: boolean | Outcome, explanation: string): Check =>
      judged('mesh-hash', outcome, explanation);
    if (!meshHash || !previousMeshHash)
      return say(
        'inconclusive',
        'The table has no mesh hash for this layer or the one before, over which it is computed.',
      );
    if (isZero(applied)) {
      const isEmpty = [new Uint8Array(), Uint8Array.of(0)].some((end) =>
        equalBytes(blake3(concatBytes(previousMeshHash, end)), meshHash),
      );
      return say(
        isEmpty,
        isEmpty
          ? 'The mesh hash is that of the layer before without a block.'
          : 'No block was applied, but the mesh hash has one.',
      );
    }
    const [[blob] = []] = await this.#rows(
      'SELECT block FROM blocks WHERE layer = :layer AND substr(id, 1, 20) = :applied',
      { layer, applied },
    );
    const height = bytesOf(blob) && readable(() => tickHeightOf(bytesOf(blob) ?? new Uint8Array()));
    if (height === undefined || height instanceof WorkbenchError)
      return say(
        'inconclusive',
        'The block, whose height is in the hash, is not in this database.',
      );
    const computed = blake3(concatBytes(previousMeshHash, applied, height));
    const isSame = equalBytes(computed, meshHash);
    return say(
      isSame,
      isSame
        ? 'It is the hash over that of the layer before and the applied block.'
        : `Over the layer before and the applied block it is ${toHex(computed)}, but the table has ${toHex(meshHash)}.`,
    );
  }

  async #certificate({ layer }: LayerRow): Promise<Check[]> {
    const none = (explanation: string): Check[] =>
      certificateChecks.map((check) => judged(check, 'inconclusive', explanation));
    if (!this.#has('certificates.cert')) return none('The database has no table certificates.');
    const stored = await this.#rows(
      'SELECT block, cert FROM certificates WHERE layer = :layer AND length(cert) > 0',
      { layer },
    );
    if (stored.length === 0)
      return none('The certificate of this layer is not in this database: the node prunes them.');
    const beacon = await this.#beaconOf(Math.floor(layer / this.#network.layersPerEpoch));
    return stored.flatMap(([block, blob]) =>
      this.#judgeCertificate(layer, bytesOf(block) ?? new Uint8Array(), blob, beacon),
    );
  }

  #judgeCertificate(
    layer: number,
    block: Uint8Array,
    blob: SqlValue | undefined,
    beacon: Uint8Array | undefined,
  ): Check[] {
    const certificate = readable(() => decodeCertificate(bytesOf(blob) ?? new Uint8Array()));
    if (certificate instanceof WorkbenchError)
      return [judged('certificate', false, certificate.message)];
    const { messages } = certificate;
    const other = messages.find(
      (message) => message.layer !== layer || !equalBytes(message.block, certificate.block),
    );
    const isOfBlock = equalBytes(certificate.block, blockId(block));
    const members = new Set(messages.map(({ smesher }) => toHex(smesher)));
    const seats = messages.reduce((sum, { eligibilities }) => sum + eligibilities, 0);
    const isConsistent =
      isOfBlock && !other && messages.length > 0 && members.size === messages.length;
    const content = judged(
      'certificate',
      isConsistent,
      isConsistent
        ? `${counted(messages.length, 'member')} with ${counted(seats, 'seat')} name the block.`
        : !isOfBlock
          ? `It certifies block ${toHex(certificate.block)}, but the table has it for ${toHex(blockId(block))}.`
          : other
            ? `A message in it is of layer ${other.layer} and block ${toHex(other.block)}.`
            : 'It has no message, or two of one member.',
    );
    return [
      content,
      this.#certifySignatures(messages),
      certifyVrf(messages, layer, beacon),
      seatsNotChecked,
    ];
  }

  #certifySignatures(messages: ReturnType<typeof decodeCertificate>['messages']): Check {
    const check = 'certificate-signatures';
    const { genesisId } = this.#network;
    if (!genesisId)
      return judged(check, 'inconclusive', 'The genesis id of the network is not known.');
    const bad = messages.find(
      ({ smesher, signed, signature }) =>
        !verifySignature(
          smesher,
          { network: genesisId, domain: 'hare', message: signed },
          signature,
        ),
    );
    return judged(
      check,
      !bad,
      bad
        ? `A message is not signed by ${toHex(bad.smesher)} for this network.`
        : 'Every message is signed by its member for this network.',
    );
  }

  async #beaconOf(epoch: number): Promise<Uint8Array | undefined> {
    if (this.#beacon?.epoch !== epoch) {
      const [row] = this.#has('beacons.beacon')
        ? await this.#rows('SELECT beacon FROM beacons WHERE epoch = :epoch', { epoch })
        : [];
      this.#beacon = { epoch, value: bytesOf(row?.[0]) };
    }
    return this.#beacon.value;
  }

  /** Whether rows of accounts have a rowid: then it is the order of their insertion. */
  async #keepsOrder(): Promise<boolean> {
    if (this.#accountsKeepOrder === undefined) {
      const [row] = await this.#rows("SELECT sql FROM sqlite_master WHERE name = 'accounts'", {});
      this.#accountsKeepOrder = !/WITHOUT\s+ROWID/i.test(String(row?.[0]));
    }
    return this.#accountsKeepOrder;
  }

  #has(need: string): boolean {
    return missingFrom(this.#database.info.tables, [need]).length === 0;
  }

  async #rows(sql: string, params: SqlParams, unsigned?: readonly string[]) {
    const options = { signal: this.#signal, unsigned };
    return (await askAll(this.#database, sql, params, options)).rows;
  }
}

function certifyVrf(
  messages: ReturnType<typeof decodeCertificate>['messages'],
  layer: number,
  beacon: Uint8Array | undefined,
): Check {
  const check = 'certificate-vrf';
  if (!beacon)
    return judged(check, 'inconclusive', 'The beacon of the epoch is not in this database.');
  const message = certifyVrfMessage(beacon, layer);
  const bad = messages.find(({ smesher, vrfProof }) => !verifyVrf(smesher, vrfProof, message));
  return judged(
    check,
    !bad,
    bad
      ? `The VRF proof of ${toHex(bad.smesher)} is not for this layer and beacon.`
      : 'Every member’s VRF proof is for this layer and beacon.',
  );
}

/** As the opinion has it: 8 bytes, little-endian. */
function tickHeightOf(blob: Uint8Array): Bytes {
  const { tickHeight } = decodeBlock(blob);
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, tickHeight, true);
  return bytes;
}
