/** Unlucky or broken? What a database holds about a smesher, judged by what chance leaves. */
import { mainnetEligibility, type EligibilityRules } from '../../protocol/eligibility';
import { luck, type Luck } from '../../simulate/rewards/luck';
import { luckRows, type LuckRequest, type LuckRow } from '../../state/queries/luck';
import { inferLayersPerEpoch } from '../../state/queries/epochs';
import type { AskOptions, Queryable } from '../../state/queries/ask';

export interface SmesherLuck extends Luck {
  /** Slots of all its epochs that are over. */
  readonly due: number;
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
  // The minimal weight is mainnet's: a small network never reaches it, and then each weight would be one slot.
  const isMainnet = layersPerEpoch === mainnetEligibility.layersPerEpoch;
  const rows = await luckRows(
    database,
    request,
    {
      committeeSize: mainnetEligibility.committeeSize,
      minWeight: isMainnet ? BigInt(mainnetEligibility.minWeight) : 0n,
      layersPerEpoch,
      ...rules,
    },
    options,
  );
  return {
    ...luck(rows),
    due: rows.reduce((sum, { slots }) => sum + slots, 0),
    expectedSmidge: rows.reduce((sum, row) => sum + row.expectedSmidge, 0n),
    paidSmidge: rows.reduce((sum, row) => sum + row.paidSmidge, 0n),
    epochs: rows.map((row) => {
      const { expectedPaid, pValue } = luck([row]);
      return { ...row, expectedPaid, pValue };
    }),
  };
}
