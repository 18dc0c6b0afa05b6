/** How outcomes and checks are shown: the one table of their words, for pages, files and statements. */
import { counted } from '../base/counted';
import {
  eligibilityChecks,
  type Check,
  type CheckName,
  type EligibilityCheckName,
  type Outcome,
  type Report,
} from './types';

export interface OutcomePresentation {
  readonly word: string;
  /** As a heading of a number: "Pass: 70". */
  readonly title: string;
  readonly sign: string;
  /** Colour of a notice. */
  readonly severity: 'good' | 'bad' | 'warn';
  /** Place in a list: what needs attention first. */
  readonly rank: number;
  readonly meaning: string;
}

export const outcomePresentation: Readonly<Record<Outcome, OutcomePresentation>> = {
  pass: {
    word: 'pass',
    title: 'Pass',
    sign: '✓',
    severity: 'good',
    rank: 2,
    meaning: 'Everything that could be checked follows the rules of the network.',
  },
  fail: {
    word: 'fail',
    title: 'Fail',
    sign: '×',
    severity: 'bad',
    rank: 0,
    meaning: 'At least one check contradicts the rules of the network, or the table.',
  },
  inconclusive: {
    word: 'inconclusive',
    title: 'Inconclusive',
    sign: '?',
    severity: 'warn',
    rank: 1,
    meaning:
      'A check that decides could not be made: what it needs is not in this database, or the request left it out.',
  },
};

export const checkTitles: Readonly<Record<CheckName, string>> = {
  blob: 'Bytes can be read',
  id: 'Id',
  signature: 'Signature',
  form: 'Form',
  'smesher-column': 'Smesher in the table',
  'epoch-column': 'Publish epoch in the table',
  'coinbase-column': 'Coinbase in the table',
  sequence: 'Sequence',
  'positioning-atx': 'Positioning ATX',
  'previous-atxs': 'Previous ATXs',
  'no-second-atx': 'No second ATX in its epoch',
  'commitment-atx': 'Commitment ATX',
  'marriage-certificates': 'Marriage certificates',
  'marriage-atx': 'Marriage ATX',
  'units-in-limits': 'Units within the limits',
  'posts-table': 'Rows of the table posts',
  'effective-units': 'Effective units',
  'poet-proof': 'PoET proof',
  membership: 'Membership in the PoET round',
  ticks: 'Ticks',
  'base-tick-height': 'Base tick height',
  weight: 'Weight',
  'vrf-nonce-column': 'VRF nonce in the table',
  'vrf-nonce': 'VRF nonce',
  'initial-post': 'Initial PoST',
  k2pow: 'k2pow',
  'post-indices': 'PoST labels',
  'first-signature': 'First signature',
  'second-signature': 'Second signature',
  'same-smesher': 'Same smesher',
  contradiction: 'Contradiction',
  'smesher-known': 'Smesher is known',
  'merkle-proofs': 'Content of the ATXs',
  'domain-column': 'Domain in the table',
  'marriage-column': 'Marriage in the table',
  'state-hash': 'State hash',
  'account-balances': 'Balances against rewards',
  'mesh-hash': 'Mesh hash',
  certificate: 'Certificate',
  'certificate-signatures': 'Signatures of the certificate',
  'certificate-vrf': 'VRF proofs of the certificate',
  'certificate-seats': 'seats in the certificate',
  members: 'ATXs of the active set',
  'layer-column': 'Layer in the table',
  'atx-column': 'ATX in the table',
  'ballot-atx': 'ATX of the ballot',
  'reference-ballot': 'Reference ballot',
  'epoch-beacon': 'Beacon of the epoch',
  'active-set': 'Active set',
  'slot-count': 'Number of slots',
  'slot-numbers': 'Slot numbers',
  'slot-vrf': 'VRF proofs of the slots',
  'slot-layers': 'Layers of the slots',
};

type Verdict = Pick<Report, 'outcome' | 'notChecked' | 'skipped'>;

/** A verdict whose gaps are described in words instead of named checks. */
export interface WordedVerdict {
  readonly outcome: Outcome;
  /** What was not checked; what the request left out too. */
  readonly notChecked: readonly string[];
  /** Of these, what the request left out. */
  readonly skipped: readonly string[];
}

/** Checks that no database allows. Every report of a layer names them. */
export const impossibleChecks: ReadonlySet<CheckName> = new Set(['certificate-seats']);

/** "pass"; "pass; 4 checks not possible"; "pass; 1 check not possible, 3 not asked for". */
export function verdictText({ outcome, notChecked, skipped }: Verdict): string {
  const impossible = notChecked.length - skipped.length;
  const gaps = [
    ...(impossible > 0 ? [`${counted(impossible, 'check')} not possible`] : []),
    ...(skipped.length > 0
      ? [
          impossible > 0
            ? `${skipped.length} not asked for`
            : `${counted(skipped.length, 'check')} not asked for`,
        ]
      : []),
  ];
  const { word } = outcomePresentation[outcome];
  return gaps.length > 0 ? `${word}; ${gaps.join(', ')}` : word;
}

/** "pass; 1 check not possible: fees; 1 check not asked for: weights in the blocks". */
export function namedVerdictText({ outcome, notChecked, skipped }: WordedVerdict): string {
  const impossible = notChecked.filter((gap) => !skipped.includes(gap));
  const named = (gaps: readonly string[], why: string): string[] =>
    gaps.length > 0 ? [`${counted(gaps.length, 'check')} ${why}: ${gaps.join(', ')}`] : [];
  return [
    outcomePresentation[outcome].word,
    ...named(impossible, 'not possible'),
    ...named(skipped, 'not asked for'),
  ].join('; ');
}

/** The colour of a verdict: a pass that lacks a check that was asked for is a warning. */
export const verdictSeverity = ({
  outcome,
  notChecked,
  skipped,
}: WordedVerdict): OutcomePresentation['severity'] =>
  outcome === 'pass' && notChecked.length > skipped.length
    ? 'warn'
    : outcomePresentation[outcome].severity;

/** Titles of checks: "Weight, Ticks". */
export const checkList = (names: Iterable<CheckName>): string =>
  [...names].map((name) => checkTitles[name]).join(', ');

/** "Not possible: Weight, Ticks. Not asked for: k2pow."; empty where everything was checked. */
export function notCheckedText({ notChecked, skipped }: Verdict): string {
  const impossible = notChecked.filter((name) => !skipped.includes(name));
  return [
    ...(impossible.length > 0 ? [`Not possible: ${checkList(impossible)}.`] : []),
    ...(skipped.length > 0 ? [`Not asked for: ${checkList(skipped)}.`] : []),
  ].join(' ');
}

/** The checks that failed, each once, as a table shows them. */
export const failedChecks = (checks: readonly Check[]): string =>
  checkList(new Set(checks.filter(({ outcome }) => outcome === 'fail').map(({ check }) => check)));

/** Why a report has its outcome: the failures, or what was inconclusive; empty where every check passes. */
export function reasons(checks: readonly Check[]): string {
  const failed = checks.filter(({ outcome }) => outcome === 'fail');
  const decisive = failed.length > 0 ? failed : checks.filter(({ outcome }) => outcome !== 'pass');
  return [...new Set(decisive.map(({ explanation }) => explanation))].join(' ');
}

/** Checks with what needs attention first. */
export const byAttention = (checks: readonly Check[]): Check[] =>
  [...checks].sort(
    (a, b) => outcomePresentation[a.outcome].rank - outcomePresentation[b.outcome].rank,
  );

const isOfEligibility = (name: CheckName): name is EligibilityCheckName =>
  eligibilityChecks.some((check) => check === name);

/**
 * Whether the smesher of a ballot was eligible: "verified"; "verified; not checked: Active set"; "not checked: VRF proofs
 * of the slots"; "failed: Slot numbers".
 */
export function eligibilityText({ checks, notChecked }: Report): string {
  const failed = checks.filter(
    ({ check, outcome }) => isOfEligibility(check) && outcome === 'fail',
  );
  if (failed.length > 0) return `failed: ${failedChecks(failed)}`;
  const missing = notChecked.filter(isOfEligibility);
  const gaps = `not checked: ${checkList(missing)}`;
  if (missing.includes('slot-vrf')) return gaps;
  return missing.length > 0 ? `verified; ${gaps}` : 'verified';
}

/** Whether every VRF proof of a ballot was verified. */
export const hasVerifiedProofs = ({ checks }: Report): boolean =>
  checks.some(({ check, outcome }) => check === 'slot-vrf' && outcome === 'pass');
