/** `rewards`: what smeshers or coinbases earned, by layer, by epoch or by month. */
import { findNetwork } from '../../audit/network';
import { toHex } from '../../base/bytes';
import { WorkbenchError } from '../../base/error';
import { layerStartMs, mainnetTiming } from '../../protocol/epochs';
import { formatSmh } from '../../protocol/money';
import { inferLayersPerEpoch } from '../../state/queries/epochs';
import { resolveFilter } from '../../state/queries/find-id';
import { rewards as askRewards, type RewardRow } from '../../state/queries/rewards';
import {
  summariseByMonth,
  summariseRewards,
  type MonthRewards,
  type RewardSummary,
} from '../../state/reward-summary';
import type { CliContext, Output } from '../context';
import { withDatabase, type CliDatabase } from '../database';
import { exitCode, type ExitCode } from '../exit-code';
import { readFleetIds } from '../fleet';
import { toJson, writeTable } from '../output';

export interface RewardsCommandOptions {
  readonly smesher?: readonly string[] | undefined;
  readonly coinbase?: readonly string[] | undefined;
  readonly fromLayer?: number | undefined;
  readonly toLayer?: number | undefined;
  /** Path of a farm file: its smeshers. */
  readonly fleet?: string | undefined;
  readonly by: 'layer' | 'epoch' | 'month';
  /** Start of the network, as a date and time in ISO 8601. */
  readonly genesis?: string | undefined;
  readonly layerSeconds?: number | undefined;
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
  const { coinbase, fromLayer, toLayer, by, json } = options;
  const fleet = options.fleet === undefined ? [] : await readFleetIds(options.fleet);
  const ids = [...(options.smesher ?? []), ...fleet];
  const smesher = ids.length > 0 ? ids : undefined;
  const given = by === 'month' ? readTiming(options) : undefined;
  await withDatabase(context, path, async (database) => {
    const filter = await resolveFilter(database, { smesher, coinbase, fromLayer, toLayer });
    const rows = await askRewards(database, filter);
    if (by === 'month') {
      const timing = given ?? (await mainnetTimingOf(database));
      const months = summariseByMonth(rows, (layer) => timing.genesisMs + layer * timing.layerMs);
      const summary = summariseRewards(rows, mainnetTiming.layersPerEpoch);
      if (json) await context.out.write(toJson({ ...totalsOf(summary), months }));
      else await writeMonths(context.out, months, summary);
      return;
    }
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
  summary: RewardSummary,
  { by, ...timing }: EpochLength & Pick<RewardsCommandOptions, 'by'>,
): object {
  const totals = totalsOf(summary);
  return by === 'epoch'
    ? { ...totals, ...timing, epochs: summary.epochs }
    : { ...totals, rewards: rows };
}

const totalsOf = ({ count, totalSmidge, layerSmidge, firstLayer, lastLayer }: RewardSummary) => ({
  ...{ count, totalSmidge, layerSmidge, firstLayer, lastLayer },
});

interface LayerTiming {
  readonly genesisMs: number;
  readonly layerMs: number;
}

/** Both of the options or none. @throws WorkbenchError `option-genesis` */
function readTiming({ genesis, layerSeconds }: RewardsCommandOptions): LayerTiming | undefined {
  if (genesis === undefined && layerSeconds === undefined) return undefined;
  const genesisMs = isoTime.test(genesis ?? '') ? Date.parse(genesis ?? '') : NaN;
  if (Number.isNaN(genesisMs) || layerSeconds === undefined)
    throw new WorkbenchError(
      'option-genesis',
      '--genesis takes the start of the network with its time zone, such as 2023-07-14T08:00:00Z, together with --layer-seconds.',
      { genesis, layerSeconds },
    );
  return { genesisMs, layerMs: layerSeconds * 1000 };
}

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$/;

/** A database does not hold when its layers began: only mainnet's start is known. */
async function mainnetTimingOf(database: CliDatabase): Promise<LayerTiming> {
  const network = await findNetwork(database);
  if (network?.name === 'mainnet')
    return { genesisMs: layerStartMs(mainnetTiming, 0), layerMs: mainnetTiming.layerMs };
  throw new WorkbenchError(
    'option-genesis',
    'The signatures of this database are not those of mainnet, and it does not hold when its layers began. Set --genesis and --layer-seconds, as in the config of its nodes.',
  );
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

async function writeMonths(
  out: Output,
  months: readonly MonthRewards[],
  summary: RewardSummary,
): Promise<void> {
  await writeTable(
    out,
    [
      { name: 'month' },
      { name: 'rewards', align: 'right' },
      { name: 'sum', align: 'right' },
      { name: 'issuance part', align: 'right' },
      { name: 'sum so far', align: 'right' },
    ],
    months.map((month) => [
      month.month,
      String(month.count),
      formatSmh(month.totalSmidge),
      formatSmh(month.layerSmidge),
      formatSmh(month.runningSmidge),
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
