/** The command line: commands, their options and help. Each command's own modules are loaded when it runs. */
import { Command, CommanderError, Option } from 'commander';
import packageJson from '../../package.json';
import { WorkbenchError } from '../base/error';
import type { AuditCommandOptions } from './commands/audit';
import type { JoinCommandOptions } from './commands/join';
import type { HaproxyCommandOptions, ManifestCommandOptions } from './commands/manifest';
import type { QueryCommandOptions } from './commands/query';
import type { RewardsCommandOptions } from './commands/rewards';
import type { ServeCommandOptions } from './commands/serve';
import type { CliContext } from './context';
import { exitCode, exitCodeOf, type ExitCode } from './exit-code';
import {
  collect,
  jsonOption,
  shardOption,
  threadsOption,
  whole,
  type AddCommand,
} from './common-options';
import {
  addCheck,
  addInit,
  addInspect,
  addK2pow,
  addNonce,
  addProfile,
  addProve,
  addRepair,
  addVerify,
} from './post-commands';
import { printable } from './output';

const exitCodesHelp = `
Exit codes: ${exitCode.good} done and good; ${exitCode.checkFailed} done, but a check failed; ${exitCode.usage} wrong usage; ${exitCode.badInput} an input cannot be read or
trusted; ${exitCode.unfinished} not finished; ${exitCode.interrupted} interrupted. Results go to stdout, messages and progress to stderr.`;

/** @param words the command and its arguments, without the names of Node and of the script */
export async function runCommandLine(
  words: readonly string[],
  context: CliContext,
): Promise<ExitCode> {
  const printed: Promise<void>[] = [];
  let result: ExitCode = exitCode.good;
  const program = buildProgram(context, (code) => (result = code), {
    writeOut: (text) => void printed.push(context.out.write(text)),
    writeErr: (text) => void printed.push(context.err.write(text)),
  });
  try {
    await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    result = await explain(error, context);
  }
  await Promise.all(printed);
  return result;
}

async function explain(error: unknown, { err }: CliContext): Promise<ExitCode> {
  // Commander has printed its own message.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.good : exitCode.usage;
  const code = exitCodeOf(error);
  if (error instanceof WorkbenchError)
    await err.write(`error[${error.code}]: ${printable(error.message)}\n`);
  else if (code === exitCode.interrupted) await err.write('Interrupted.\n');
  else await err.write(`error[unexpected]: ${unexpectedText(error)}\n`);
  return code;
}

/** A defect of this program: where it happened helps to find it. */
const unexpectedText = (error: unknown): string =>
  `Please report this. ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;

interface HelpOutput {
  writeOut(text: string): void;
  writeErr(text: string): void;
}

function buildProgram(
  context: CliContext,
  finish: (code: ExitCode) => void,
  output: HelpOutput,
): Command {
  const program = new Command('post-workbench')
    .description(
      'The PoST Workbench without a browser: the same functions, on files of this machine. Nothing is written but --out, the data of init, and repair --write.',
    )
    .version(packageJson.version)
    .configureOutput(output)
    .exitOverride()
    .addHelpText('after', exitCodesHelp);
  addQuery(program, context, finish);
  addRewards(program, context, finish);
  addAudit(program, context, finish);
  addJoin(program, context, finish);
  addInspect(program, context, finish);
  addCheck(program, context, finish);
  addRepair(program, context, finish);
  addNonce(program, context, finish);
  addInit(program, context, finish);
  addProve(program, context, finish);
  addVerify(program, context, finish);
  addK2pow(program, context, finish);
  addProfile(program, context, finish);
  addServe(program, context, finish);
  addManifest(program, context, finish);
  return program;
}

const addQuery: AddCommand = (program, context, finish) => {
  program
    .command('query')
    .description('run one reading SQL statement on a state.sql or local.sql with its -wal')
    .argument('<database>', 'path of the database file')
    .argument('<sql>', 'the statement')
    .option(
      '--param <name=value>',
      'value of a parameter (:name); an id or address in any form; repeatable',
      collect,
      [],
    )
    .addOption(
      new Option('--format <format>', 'how rows are written')
        .choices(['table', 'csv', 'json', 'ndjson', 'parquet'])
        .default('table'),
    )
    .option('--json', 'short for --format json')
    .option('--out <file>', 'write to this file instead of stdout')
    .option(
      '--no-escape-formulas',
      'CSV: leave texts unchanged that a spreadsheet runs as formulas',
    )
    .action(
      async (
        database: string,
        sql: string,
        { json, ...options }: QueryCommandOptions & { readonly json?: boolean },
      ) => {
        const { query } = await import('./commands/query');
        const format = json === true ? 'json' : options.format;
        finish(await query(context, { database, sql, options: { ...options, format } }));
      },
    );
};

const addRewards: AddCommand = (program, context, finish) => {
  program
    .command('rewards')
    .description('rewards of smeshers or coinbases, by layer, by epoch or by month')
    .argument('<database>', 'path of state.sql')
    .option('--smesher <id...>', 'smesher ids: hex, base64, the first digits, or an ATX id')
    .option(
      '--coinbase <address...>',
      'coinbases: addresses or hex; with --smesher only what both name',
    )
    .option('--from-layer <layer>', 'first layer', whole('--from-layer'))
    .option('--to-layer <layer>', 'last layer', whole('--to-layer'))
    .addOption(
      new Option('--by <unit>', 'one line for each of these')
        .choices(['layer', 'epoch', 'month'])
        .default('layer'),
    )
    .option(
      '--fleet <file>',
      'the smeshers of a FARM.json (the "id" of its identities), or of a list of ids',
    )
    .option(
      '--genesis <time>',
      '--by month: start of the network (default: mainnet, if the signatures are)',
    )
    .option(
      '--layer-seconds <count>',
      '--by month: duration of a layer, with --genesis',
      whole('--layer-seconds', 1),
    )
    .option(
      '--layers-per-epoch <layers>',
      'length of an epoch (default: as the ballots show, or 4032)',
      whole('--layers-per-epoch', 1),
    )
    .option('--json', 'one JSON document; amounts are smidge as decimal strings', false)
    .action(async (database: string, options: RewardsCommandOptions) => {
      const { rewards } = await import('./commands/rewards');
      finish(await rewards(context, database, options));
    });
};

const addAudit: AddCommand = (program, context, finish) => {
  program
    .command('audit')
    .description('recompute ATXs of a state.sql, their PoSTs and proofs of work')
    .argument('<database>', 'path of state.sql')
    .option('--all', 'all ATXs', false)
    .option('--epoch <number>', 'the ATXs published in this epoch', whole('--epoch'))
    .option('--smesher <id...>', 'the ATXs of these smeshers; ids as in rewards')
    .option('--sample <count>', 'only this number of them, drawn by chance', whole('--sample', 1))
    .option(
      '--seed <text>',
      'seed of --sample: the same seed draws the same ATXs',
      'post-workbench',
    )
    .option(...shardOption)
    .addOption(
      new Option('--labels <indices>', 'indices of each PoST that are recomputed')
        .choices(['all', 'one', 'none'])
        .default('all'),
    )
    .addOption(
      new Option('--network <name>', 'default: as the signatures show').choices([
        ...['mainnet', 'testnet', 'standalone'],
      ]),
    )
    .option(
      '--out <folder>',
      'write the rows there, as Parquet; a run that was stopped continues with the same command',
    )
    .option(...threadsOption)
    .option(...jsonOption)
    .action(async (database: string, options: AuditCommandOptions) => {
      const { audit } = await import('./commands/audit');
      finish(await audit(context, database, options));
    });
};

const addJoin: AddCommand = (program, context, finish) => {
  program
    .command('join')
    .description('join the parts that audit --shard --out wrote; parts of other inputs are refused')
    .argument('<part...>', 'folders or Parquet files of the parts')
    .option('--out <file>', 'write all rows to this Parquet file')
    .option(...jsonOption)
    .action(async (parts: string[], options: JoinCommandOptions) => {
      const { join } = await import('./commands/join');
      finish(await join(context, parts, options));
    });
};

const addServe: AddCommand = (program, context, finish) => {
  program
    .command('serve')
    .description('the app, on 127.0.0.1 only; from elsewhere through an SSH tunnel')
    .option('--port <number>', 'port of the app', whole('--port'), 4173)
    .option(
      '--node <addresses>',
      'a node: [NAME=]PUBLIC[,PRIVATE[,POST]], each host:port; repeatable',
      collect,
      [],
    )
    .option(
      '--post-service <address>',
      'operator address of a post-service; repeatable',
      collect,
      [],
    )
    .option('--k2pow <address>', 'a k2pow service; repeatable', collect, [])
    .action(async (options: ServeCommandOptions) => {
      const { serve } = await import('./commands/serve');
      finish(await serve(context, options));
    });
};

const addManifest: AddCommand = (program, context, finish) => {
  const manifest = program
    .command('manifest')
    .description('texts that run shards, or k2pow services, on engines that exist');
  for (const [engine, description] of [
    ['slurm', 'a job script for sbatch, with an array'],
    ['parallel', 'a line for GNU parallel'],
    ['kubernetes', 'an Indexed Job for kubectl apply'],
  ] as const)
    manifest
      .command(engine)
      .description(`${description}: one task for each shard of audit or check`)
      .argument('<command...>', 'after --: the command and its arguments, without --shard')
      .requiredOption('--shards <count>', 'number of shards', whole('--shards', 1))
      .option('--parallel <count>', 'shards at one time', whole('--parallel', 1), 16)
      .option('--threads <count>', 'threads of a shard', whole('--threads', 1), 4)
      .option('--memory <MiB>', 'memory of a shard', whole('--memory', 1), 1024)
      .option('--name <name>', 'name of the job', 'post-workbench')
      .option('--program <words>', 'how the workbench is started there', 'post-workbench')
      .option('--image <image>', 'kubernetes: the container image')
      .option(
        '--volume <claim:path[:ro]>',
        'kubernetes: a volume that the pods share; repeatable',
        collect,
        [],
      )
      .action(async (words: string[], options: ManifestCommandOptions) => {
        const { manifest: write } = await import('./commands/manifest');
        finish(await write(context, engine, words, options));
      });
  manifest
    .command('haproxy')
    .description('a haproxy.cfg: one address for several k2pow services')
    .requiredOption(
      '--service <name=host:port@rate>',
      'a service and its hashes/s; repeatable',
      collect,
      [],
    )
    .option('--listen <host:port>', 'address of the balancer', '127.0.0.1:3000')
    .requiredOption('--hashes <count>', 'hashes/s that are wanted', whole('--hashes', 1))
    .action(async (options: HaproxyCommandOptions) => {
      const { haproxy } = await import('./commands/manifest');
      finish(await haproxy(context, options));
    });
};
