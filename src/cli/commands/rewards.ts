/** `rewards`: what smeshers or coinbases earned, by layer or by epoch. */
import { toHex } from '../../base/bytes';
import { formatSmh } from '../../protocol/money';
import { inferLayersPerEpoch } from '../../state/queries/epochs';
import { resolveFilter } from '../../state/queries/find-id';
import { rewards as askRewards, type RewardRow } from '../../state/queries/rewards';
import { summariseRewards, type RewardSummary } from '../../state/reward-summary';
import type { CliContext, Output } from '../context';
import { withDatabase, type CliDatabase } from '../database';
import { exitCode, type ExitCode } from '../exit-code';
import { toJson, writeTable } from '../output';

export interface RewardsCommandOptions {
  readonly smesher?: readonly string[] | undefined;
  readonly coinbase?: readonly string[] | undefined;
  readonly fromLayer?: number | undefined;
  readonly toLayer?: number | undefined;
  readonly by: 'layer' | 'epoch';
  readonly layersPerEpoch?: number | undefined;
  readonly json: boolean;
}

/**
 * Memory: the rows of all the ids.
 * @throws WorkbenchError as `withDatabase`, `resolveFilter` and the query `rewards`
 */
export async function rewards(
  context: CliContext,
  path: string,
  options: RewardsCommandOptions,
): Promise<ExitCode> {
  const { smesher, coinbase, fromLayer, toLayer, by, json } = options;
  await withDatabase(context, path, async (database) => {
    const filter = await resolveFilter(database, { smesher, coinbase, fromLayer, toLayer });
    const rows = await askRewards(database, filter);
    const timing = await epochLength(context, database, options);
    const summary = summariseRewards(rows, timing.layersPerEpoch);
    if (json) await context.out.write(toJson(document(rows, summary, { by, ...timing })));
    else await (by === 'epoch' ? writeEpochs : writeLayers)(context.out, rows, summary);
  });
  return exitCode.good;
}

interface EpochLength {
  readonly layersPerEpoch: number;
  readonly layersPerEpochSource: 'option' | 'inferred' | 'default';
}

/** Only `--by epoch` needs it; the rows do not. */
async function epochLength(
  context: CliContext,
  database: CliDatabase,
  { by, layersPerEpoch }: RewardsCommandOptions,
): Promise<EpochLength> {
  if (layersPerEpoch !== undefined) return { layersPerEpoch, layersPerEpochSource: 'option' };
  const inferred = await inferLayersPerEpoch(database);
  if (inferred.source === 'default' && by === 'epoch')
    await context.err.write(
      `warning[layers-per-epoch]: This database does not show the length of an epoch: ${inferred.layersPerEpoch} layers, as on mainnet, are assumed. Set --layers-per-epoch for another network.\n`,
    );
  return { layersPerEpoch: inferred.layersPerEpoch, layersPerEpochSource: inferred.source };
}

function document(
  rows: readonly RewardRow[],
  { count, totalSmidge, layerSmidge, firstLayer, lastLayer, epochs }: RewardSummary,
  { by, ...timing }: EpochLength & Pick<RewardsCommandOptions, 'by'>,
): object {
  const totals = { count, totalSmidge, layerSmidge, firstLayer, lastLayer };
  return by === 'epoch' ? { ...totals, ...timing, epochs } : { ...totals, rewards: rows };
}

const idText = (id: Uint8Array | null): string => (id === null ? 'NULL' : toHex(id));

async function writeLayers(
  out: Output,
  rows: readonly RewardRow[],
  summary: RewardSummary,
): Promise<void> {
  await writeTable(
    out,
    [
      { name: 'layer', align: 'right' },
      { name: 'smesher' },
      { name: 'coinbase' },
      { name: 'reward', align: 'right' },
      { name: 'issuance part', align: 'right' },
    ],
    rows.map((row) => [
      String(row.layer),
      idText(row.smesher),
      idText(row.coinbase),
      formatSmh(row.totalSmidge),
      formatSmh(row.layerSmidge),
    ]),
  );
  await writeTotal(out, summary);
}

async function writeEpochs(
  out: Output,
  _rows: readonly RewardRow[],
  summary: RewardSummary,
): Promise<void> {
  await writeTable(
    out,
    [
      { name: 'epoch', align: 'right' },
      { name: 'rewards', align: 'right' },
      { name: 'sum', align: 'right' },
      { name: 'issuance part', align: 'right' },
      { name: 'sum so far', align: 'right' },
    ],
    summary.epochs.map((epoch) => [
      String(epoch.epoch),
      String(epoch.count),
      formatSmh(epoch.totalSmidge),
      formatSmh(epoch.layerSmidge),
      formatSmh(epoch.runningSmidge),
    ]),
  );
  await writeTotal(out, summary);
}

async function writeTotal(out: Output, summary: RewardSummary): Promise<void> {
  const { count, totalSmidge, layerSmidge } = summary;
  await out.write(
    `Total: ${formatSmh(totalSmidge)} in ${count} rewards, issuance part ${formatSmh(layerSmidge)}\n`,
  );
}
