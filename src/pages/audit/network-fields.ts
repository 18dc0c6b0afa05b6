/**
 * The network's parameters of an audit as text fields: from a preset, from what was found out of the database, from a
 * node's config, and back into typed values.
 */
import { auditNetworks, type AuditNetwork } from '../../audit/network';
import { configAt, type ConfigObject } from '../../node/config/values';
import { readBytes, toHex } from '../../base/bytes';
import { mainnetEligibility, type EligibilityRules } from '../../protocol/eligibility';
import { WorkbenchError } from '../../base/error';
import { genesisId, goldenAtx } from '../../protocol/signing';

export type PresetName = keyof typeof auditNetworks;
export const presetNames = Object.keys(auditNetworks) as PresetName[];

interface FieldSpec {
  readonly label: string;
  readonly unit?: string;
  readonly hint?: string;
}

/** The fields by the names that they have in the address. */
export const fieldSpecs = {
  labels: { label: 'Labels per unit', hint: 'post-labels-per-unit' },
  minUnits: { label: 'Smallest identity', unit: 'SU', hint: 'post-min-numunits' },
  maxUnits: { label: 'Largest identity', unit: 'SU', hint: 'post-max-numunits' },
  k1: { label: 'K1', hint: 'good labels expected per nonce' },
  k2: { label: 'K2', hint: 'good labels needed' },
  k3: { label: 'K3', hint: 'labels that a node samples' },
  pow: { label: 'k2pow difficulty', unit: 'of one SU, hex' },
  scryptN: { label: 'Scrypt N' },
  ticks: { label: 'Tick size', unit: 'PoET leaves', hint: 'tick-size' },
  genesis: { label: 'Genesis id', unit: '20 bytes, hex', hint: 'under every signature' },
  golden: { label: 'Golden ATX', unit: '32 bytes, hex' },
  committee: { label: 'Proposals a layer', hint: 'layer-average-size' },
  minWeight: { label: 'Minimal active set weight', hint: 'minimal-active-set-weight' },
} as const satisfies Record<string, FieldSpec>;
export type FieldName = keyof typeof fieldSpecs;
export const fieldNames = Object.keys(fieldSpecs) as FieldName[];
export type FieldTexts = Readonly<Record<FieldName, string>>;

/** The fields of a network that is known. */
export const textsOf = (network: AuditNetwork): FieldTexts => ({
  labels: String(network.post.labelsPerUnit),
  minUnits: String(network.post.minNumUnits),
  maxUnits: String(network.post.maxNumUnits),
  k1: String(network.post.k1),
  k2: String(network.post.k2),
  k3: String(network.post.k3),
  pow: toHex(network.post.powDifficulty),
  scryptN: String(network.post.scryptN),
  ticks: String(network.tickSize),
  genesis: network.genesisId ? toHex(network.genesisId) : '',
  golden: network.goldenAtx ? toHex(network.goldenAtx) : '',
  committee: String(network.eligibility?.committeeSize ?? mainnetEligibility.committeeSize),
  minWeight: String(network.eligibility?.minWeight ?? 0),
});

/** The values of a node's config over those of its preset; a config without a preset is mainnet's. */
export function textsOfConfig(config: ConfigObject): FieldTexts {
  const at = (...path: string[]): string | undefined => {
    const value = configAt(config, path);
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint'
      ? String(value)
      : undefined;
  };
  const preset = presetNames.find((name) => name === at('preset')) ?? 'mainnet';
  const base = textsOf(auditNetworks[preset]);
  const timeS = Date.parse(at('genesis', 'genesis-time') ?? '') / 1000;
  const extraData = at('genesis', 'genesis-extra-data');
  const own = extraData !== undefined && Number.isFinite(timeS);
  return {
    ...base,
    labels: at('post', 'post-labels-per-unit') ?? base.labels,
    minUnits: at('post', 'post-min-numunits') ?? base.minUnits,
    maxUnits: at('post', 'post-max-numunits') ?? base.maxUnits,
    k1: at('post', 'post-k1') ?? base.k1,
    k2: at('post', 'post-k2') ?? base.k2,
    k3: at('post', 'post-k3') ?? base.k3,
    pow: at('post', 'post-pow-difficulty') ?? base.pow,
    ticks: at('main', 'tick-size') ?? base.ticks,
    committee: at('main', 'layer-average-size') ?? base.committee,
    genesis: own ? toHex(genesisId(timeS, extraData)) : base.genesis,
    golden: own ? toHex(goldenAtx(timeS, extraData)) : base.golden,
  };
}

/** What is wrong with a field; undefined if nothing is. */
export function fieldProblem(name: FieldName, text: string): string | undefined {
  try {
    readField(name, text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function readField(name: FieldName, text: string): bigint | Uint8Array<ArrayBuffer> | undefined {
  const { label } = fieldSpecs[name];
  const typed = text.trim();
  if (name === 'genesis' || name === 'golden')
    return typed === '' ? undefined : readBytes(typed, name === 'genesis' ? 20 : 32, label);
  if (name === 'pow') return readBytes(typed, 32, label);
  if (!/^\d{1,20}$/.test(typed))
    throw new WorkbenchError('field-not-whole', `${label}: a whole number is needed here.`);
  return BigInt(typed);
}

/** The typed values. @throws WorkbenchError naming the field that cannot be read */
export function networkOf(name: string, texts: FieldTexts, layersPerEpoch: number): AuditNetwork {
  const whole = (field: FieldName): bigint => {
    const value = readField(field, texts[field]);
    return typeof value === 'bigint' ? value : 0n;
  };
  const bytes = (field: FieldName): Uint8Array<ArrayBuffer> | undefined => {
    const value = readField(field, texts[field]);
    return typeof value === 'bigint' ? undefined : value;
  };
  return {
    name,
    post: {
      labelsPerUnit: whole('labels'),
      minNumUnits: Number(whole('minUnits')),
      maxNumUnits: Number(whole('maxUnits')),
      k1: Number(whole('k1')),
      k2: Number(whole('k2')),
      k3: Number(whole('k3')),
      powDifficulty: bytes('pow') ?? new Uint8Array(32),
      scryptN: Number(whole('scryptN')),
    },
    tickSize: whole('ticks'),
    genesisId: bytes('genesis'),
    goldenAtx: bytes('golden'),
    eligibility: eligibilityRulesOf(layersPerEpoch, texts),
  };
}

/** What it states about rewards and eligibility. @throws WorkbenchError naming the field that cannot be read */
export function eligibilityRulesOf(layersPerEpoch: number, texts: FieldTexts): EligibilityRules {
  const committee = readField('committee', texts.committee);
  const minWeight = readField('minWeight', texts.minWeight);
  return {
    layersPerEpoch,
    committeeSize: Number(committee),
    minWeight: typeof minWeight === 'bigint' ? minWeight : 0n,
  };
}
