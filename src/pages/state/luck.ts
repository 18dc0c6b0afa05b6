/** Unlucky or broken? What a database holds about a smesher, judged by what chance leaves. */
import { eligibilityFor, type EligibilityRules } from '../../protocol/eligibility';
import { luck, type Luck, type LuckEpoch } from '../../simulate/rewards/luck';
import {
  luckRows,
  type AbsentFigure,
  type LuckRequest,
  type LuckRow,
} from '../../state/queries/luck';
import { inferLayersPerEpoch } from '../../state/queries/epochs';
import type { AskOptions, Queryable } from '../../state/queries/ask';

export interface SmesherLuck extends Luck {
  /** Slots of all its epochs that are over. */
  readonly due: number;
  /** Layers with a proposal of these smeshers, and blocks that include one; null where an epoch lacks it: see `absent`. */
  readonly proposals: number | null;
  readonly blocks: number | null;
  /** Which figures the database does not have, in which epochs, and why. */
  readonly absent: readonly (AbsentFigure & { readonly epoch: number; readonly text: string })[];
  /** Probability that a node without faults makes as few proposals or fewer; null without `proposals`. */
  readonly proposalsPValue: number | null;
  /** Where a broken node loses its slots; null for one that is not broken. */
  readonly cause: 'not-proposed' | 'not-included' | 'unknown' | null;
  readonly expectedSmidge: bigint;
  readonly paidSmidge: bigint;
  readonly epochs: readonly (LuckRow & Pick<Luck, 'expectedPaid' | 'pValue'>)[];
}

export interface SmesherLuckRequest extends LuckRequest {
  /** Eligibility of another network than mainnet; the layers of an epoch are inferred from the database. */
  readonly rules?: Partial<EligibilityRules> | undefined;
}

/** @throws WorkbenchError `schema-lacks`, of the ids; AbortError */
export async function smesherLuck(
  database: Queryable,
  { rules, ...request }: SmesherLuckRequest,
  options: AskOptions = {},
): Promise<SmesherLuck> {
  const { layersPerEpoch } = await inferLayersPerEpoch(database, options);
  const rows = await luckRows(
    database,
    request,
    { ...eligibilityFor(layersPerEpoch), ...rules },
    options,
  );
  const result = luck(rows);
  const proposals = sumOrNull(rows, 'proposals');
  const proposed = proposals === null ? undefined : luck(rows.map(asProposals));
  return {
    ...result,
    ...{ proposals, blocks: sumOrNull(rows, 'blocks') },
    absent: [...absentFigures(rows)],
    proposalsPValue: proposed?.pValue ?? null,
    cause:
      result.outcome === 'unlucky-or-fine'
        ? null
        : proposed === undefined
          ? 'unknown'
          : proposed.outcome === 'broken'
            ? 'not-proposed'
            : 'not-included',
    due: rows.reduce((sum, { slots }) => sum + slots, 0),
    expectedSmidge: rows.reduce((sum, row) => sum + row.expectedSmidge, 0n),
    paidSmidge: rows.reduce((sum, row) => sum + row.paidSmidge, 0n),
    epochs: rows.map((row) => {
      const { expectedPaid, pValue } = luck([row]);
      return { ...row, expectedPaid, pValue };
    }),
  };
}

const sumOrNull = (rows: readonly LuckRow[], what: AbsentFigure['what']): number | null =>
  rows.reduce<number | null>((sum, row) => {
    const figure = row[what];
    return sum === null || figure === null ? null : sum + figure;
  }, 0);

/** A proposal is made in each layer that a slot hits, whether or not the layer is paid. */
const asProposals = ({ slots, layers, proposals }: LuckRow): LuckEpoch => ({
  ...{ slots, layers, paidLayers: layers, inclusion: 1, paid: proposals ?? 0 },
});

/** What to check, by where the slots are lost. */
export const causeTexts: Readonly<Record<NonNullable<SmesherLuck['cause']>, string>> = {
  'not-proposed':
    'Fewer proposals were made than its slots allow. Check whether the node was online and in sync, and its clock.',
  'not-included':
    'Its proposals were made, and too few of them were included. Check whether they are sent late, and whether the identity was proved malicious.',
  unknown:
    'The database does not show where the slots are lost. Check whether the node was online and in sync, its clock, and whether the identity was proved malicious.',
};

const absentTexts: Readonly<Record<AbsentFigure['reason'], string>> = {
  'no-table': 'the database has no table for them',
  'not-all-layers':
    'the database lacks them for some of the paid layers, as after a start from a checkpoint',
};

/** Each figure once per epoch, whichever of the smeshers it is for. */
function* absentFigures(rows: readonly LuckRow[]): Generator<SmesherLuck['absent'][number]> {
  const seen = new Set<string>();
  for (const { epoch, absent } of rows)
    for (const figure of absent) {
      const key = `${epoch} ${figure.what}`;
      if (seen.has(key)) continue;
      seen.add(key);
      yield { ...figure, epoch, text: absentTexts[figure.reason] };
    }
}
