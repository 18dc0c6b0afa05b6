/** `audit`: the ATXs of a database recomputed: all of them, an epoch's, those of smeshers, or a shard of these. */
import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import packageJson from '../../../package.json';
import { toHex } from '../../base/bytes';
import { counted } from '../../base/counted';
import { WorkbenchError } from '../../base/error';
import { networkOf } from '../../audit/calls';
import { auditEnginesOf } from '../../audit/engines';
import { inspectAtx } from '../../audit/inspect/inspect-atx';
import { inspectPoet } from '../../audit/inspect/poets';
import { auditNetworks } from '../../audit/network';
import { outcomePresentation, verdictText } from '../../audit/presentation';
import {
  audit as runAudit,
  countChosen,
  type CountedReport,
  type RunTally,
  type Shard,
} from '../../audit/run';
import { resolveList } from '../../state/queries/find-id';
import { identifyInput } from '../audit/input';
import { openPart } from '../audit/part';
import { countedOf, rowOf, type AuditRow, type PartIdentity } from '../audit/rows';
import type { CliContext } from '../context';
import { withDatabase, type CliDatabase } from '../database';
import { exitCode, type ExitCode } from '../exit-code';
import { toJson } from '../output';
import { progressOutput } from '../progress';

export interface AuditCommandOptions {
  readonly all: boolean;
  readonly epoch?: number | undefined;
  readonly smesher?: readonly string[] | undefined;
  readonly sample?: number | undefined;
  readonly seed: string;
  readonly shard?: Shard | undefined;
  readonly labels: 'all' | 'one' | 'none';
  readonly network?: keyof typeof auditNetworks | undefined;
  readonly out?: string | undefined;
  readonly threads?: number | undefined;
  readonly json: boolean;
}

/** ATXs that do not pass and are kept for the result; the rows of --out have all. */
const keptReports = 1000;
const namedReports = 20;

/**
 * Memory: of the engines, and of the ATXs in flight.
 * @returns `checkFailed` if an ATX fails, `badInput` if not one passes
 * @throws WorkbenchError `option-choice`, as `withDatabase`, `audit` and `openPart`; AbortError
 */
export async function audit(
  context: CliContext,
  path: string,
  options: AuditCommandOptions,
): Promise<ExitCode> {
  requireOneChoice(options);
  return withDatabase(context, path, async (database) => {
    const { shard = { number: 1, total: 1 }, sample, seed, labels, json } = options;
    const network = await networkOf(
      database,
      options.network && auditNetworks[options.network],
      {},
    );
    const input = identifyInput(path, database.info.pageSize);
    const { of, choice } = await chosenOf(database, options);
    const request = {
      ...{ of, network, shard },
      sample: sample === undefined ? undefined : { size: sample, seed },
      // The node chooses by a seed of its own; here all shards of a database choose the same.
      indices: labels === 'one' ? ({ subset: 1, seed: input.firstPage } as const) : labels,
    };
    const identity: PartIdentity = {
      ...input,
      ...{ choice, labels, network: network.name, workbench: packageJson.version },
      ...{ shard: shard.number, shards: shard.total },
      chosen: await countChosen(database, request),
    };
    if (identity.chosen === 0)
      throw new WorkbenchError(
        'atxs-none',
        `This database has no ATX to audit (${choice}). Choose others.`,
        { choice },
      );
    const part = options.out === undefined ? undefined : await openPart(options.out, identity);
    const bad: AuditRow[] = [];
    let tally: RunTally;
    try {
      tally = await runPart(context, { database, request, part, options }, (row) => {
        if (row.outcome !== 'pass' && bad.length < keptReports) bad.push(row);
      });
      if (part && !part.isComplete) await part.finish();
    } catch (error) {
      part?.close();
      if (part && context.signal.aborted)
        await context.err.write('Run the same command again to continue.\n');
      throw error;
    }
    bad.sort((a, b) => a.place - b.place);
    const document = {
      ...identity,
      ...tally,
      failedBy: Object.fromEntries(tally.failedBy),
      notCheckedBy: Object.fromEntries(tally.notCheckedBy),
      out: part?.path,
      notPassed: bad,
    };
    await context.out.write(json ? toJson(document) : describe(identity, tally, bad));
    return codeOf(tally);
  });
}

/** A database of which not one ATX could be verified is not "good", though nothing fails. */
export function codeOf({ failed, passed, chosen }: RunTally): ExitCode {
  if (failed > 0) return exitCode.checkFailed;
  return passed === 0 && chosen > 0 ? exitCode.badInput : exitCode.good;
}

function requireOneChoice({ all, epoch, smesher }: AuditCommandOptions): void {
  const choices = [all, epoch !== undefined, smesher !== undefined].filter(Boolean).length;
  if (choices !== 1)
    throw new WorkbenchError(
      'option-choice',
      'Use one of --all, --epoch and --smesher to choose the ATXs.',
    );
}

async function chosenOf(
  database: CliDatabase,
  { epoch, smesher, sample, seed }: AuditCommandOptions,
): Promise<{ readonly of: Parameters<typeof runAudit>[1]['of']; readonly choice: string }> {
  const sampled = sample === undefined ? '' : `, sample of ${sample} with seed ${seed}`;
  if (epoch !== undefined)
    return { of: { publishEpoch: epoch }, choice: `epoch ${epoch}${sampled}` };
  if (!smesher) return { of: 'all', choice: `all${sampled}` };
  const ids = await resolveList(database, smesher, 'smesher');
  const texts = ids.map((id) => (typeof id === 'string' ? id : toHex(id))).sort();
  return { of: { smesher: texts }, choice: `smesher ${texts.join(' ')}${sampled}` };
}

async function runPart(
  context: CliContext,
  {
    database,
    request,
    part,
    options,
  }: {
    readonly database: CliDatabase;
    readonly request: Parameters<typeof runAudit>[1];
    readonly part: Awaited<ReturnType<typeof openPart>> | undefined;
    readonly options: AuditCommandOptions;
  },
  onRow: (row: AuditRow) => void,
): Promise<RunTally> {
  const { threads = availableParallelism() } = options;
  const { signal } = context;
  const progress = progressOutput(context, 'audit');
  const engines = auditEnginesOf({
    openLabels: () => context.openLabels(threads),
    openPow: (closing) => context.openPow(threads, closing),
    threads,
    inspector: {
      inspectAtx: async (evidence, network) => {
        // Between two ATXs signals and the output have their turn.
        await setImmediate();
        return inspectAtx(evidence, network);
      },
      inspectPoet: (blob) => Promise.resolve(inspectPoet(blob)),
      close: () => undefined,
    },
  });
  try {
    return await runAudit(
      database,
      { ...request, threads },
      {
        signal,
        onProgress: progress.onProgress,
        earlier: part && countRows(part.earlier(), onRow),
        onReport: (report, _tally, place) => {
          const row = rowOf(report, place);
          part?.add(row);
          onRow(row);
        },
      },
      engines,
    );
  } finally {
    progress.finish();
    engines.close();
  }
}

function* countRows(
  rows: Iterable<AuditRow>,
  onRow: (row: AuditRow) => void,
): Generator<CountedReport> {
  for (const row of rows) {
    onRow(row);
    yield countedOf(row);
  }
}

export function describe(
  { shard, shards, chosen, choice, labels, network }: PartIdentity,
  tally: RunTally,
  bad: readonly AuditRow[],
): string {
  const lines = [
    `${outcomePresentation[tally.outcome].title}: ${verdictText(tally)}`,
    tally.statement,
    ...(shards > 1 ? [`Shard ${shard} of ${shards}, of ${counted(chosen, 'ATX')} in all.`] : []),
    `Chosen: ${choice}. Labels: ${labels}. Network: ${network}.`,
  ];
  for (const { outcome, atx, failed, reasons } of bad.slice(0, namedReports))
    lines.push(`  ${outcome} ${atx}${failed === '' ? '' : ` (${failed})`}: ${reasons}`);
  if (bad.length > namedReports) lines.push(`  and ${bad.length - namedReports} more.`);
  return `${lines.join('\n')}\n`;
}
