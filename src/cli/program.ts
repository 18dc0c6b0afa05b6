/** The command line: commands, their options and help. Each command's own modules are loaded when it runs. */
import { Command, CommanderError, Option } from 'commander';
import packageJson from '../../package.json';
import { WorkbenchError } from '../base/error';
import type { AuditCommandOptions } from './commands/audit';
import type { CheckCommandOptions } from './commands/check';
import type { InitCommandOptions } from './commands/init';
import type { JoinCommandOptions } from './commands/join';
import type { K2powCommandOptions } from './commands/k2pow';
import type { NonceCommandOptions } from './commands/nonce';
import type { ProveCommandOptions } from './commands/prove';
import type { QueryCommandOptions } from './commands/query';
import type { RewardsCommandOptions } from './commands/rewards';
import type { VerifyCommandOptions } from './commands/verify';
import type { CliContext } from './context';
import { exitCode, exitCodeOf, type ExitCode } from './exit-code';
import { readInteger, readPercent, readShard } from './options';
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
      'The PoST Workbench without a browser: the same functions, on files of this machine. Nothing is written but --out and the data of init.',
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
  addNonce(program, context, finish);
  addInit(program, context, finish);
  addProve(program, context, finish);
  addVerify(program, context, finish);
  addK2pow(program, context, finish);
  return program;
}

type AddCommand = (program: Command, context: CliContext, finish: (code: ExitCode) => void) => void;

const whole =
  (option: string, least = 0) =>
  (text: string): number =>
    readInteger(text, option, least);
const collect = (text: string, before: readonly string[]): string[] => [...before, text];

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
    .description('rewards of smeshers or coinbases, by layer or by epoch')
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
        .choices(['layer', 'epoch'])
        .default('layer'),
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

const jsonOption = [
  '--json',
  'one JSON document; 64-bit integers are decimal strings',
  false,
] as const;
const scryptOption = [
  '--scrypt-n <n>',
  'N of the labels (default: 8192, as on mainnet)',
  whole('--scrypt-n', 2),
] as const;

const threadsOption = [
  '--threads <count>',
  'default: one for each core',
  whole('--threads', 1),
] as const;
const shardOption = [
  '--shard <I/N>',
  'only the I-th of N parts, which together are exactly the result without --shard',
  readShard,
] as const;

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

const addInspect: AddCommand = (program, context, finish) => {
  program
    .command('inspect')
    .description('what is wrong with PoST directories, by metadata, names and sizes')
    .argument('<folder...>', 'folders that hold postdata_metadata.json and postdata_N.bin')
    .option(...jsonOption)
    .action(async (folders: string[], options: { readonly json: boolean }) => {
      const { inspect } = await import('./commands/inspect');
      finish(await inspect(context, folders, options));
    });
};

const addCheck: AddCommand = (program, context, finish) => {
  program
    .command('check')
    .description('compute labels of a PoST directory again and compare them with the disk')
    .argument('<folder>', 'the PoST directory')
    .option(
      '--fraction <percent>',
      'share of the labels of each file, in percent (default: 0.1, of up to 20,000 labels 100)',
      (text) => readPercent(text, '--fraction'),
    )
    .option('--all', 'all labels', false)
    .option(...threadsOption)
    .option('--from-file <number>', 'number of the first file', whole('--from-file'))
    .option('--to-file <number>', 'number of the last file', whole('--to-file'))
    .option('--shard <I/N>', 'only the files of the I-th of N parts', readShard)
    .option(...scryptOption)
    .option(...jsonOption)
    .action(async (folder: string, options: CheckCommandOptions) => {
      const { check } = await import('./commands/check');
      finish(await check(context, folder, options));
    });
};

const addNonce: AddCommand = (program, context, finish) => {
  program
    .command('nonce')
    .description('find a lost VRF nonce in the data of a PoST directory')
    .argument('<folder>', 'the PoST directory')
    .option(...scryptOption)
    .option(...jsonOption)
    .action(async (folder: string, options: NonceCommandOptions) => {
      const { nonce } = await import('./commands/nonce');
      finish(await nonce(context, folder, options));
    });
};

const addInit: AddCommand = (program, context, finish) => {
  program
    .command('init')
    .description('initialise PoST data; the same command continues what is there')
    .argument('<folder>', 'the PoST directory, which is made if need be')
    .requiredOption('--node-id <id>', 'smesher id: 32 bytes, in hex or base64')
    .requiredOption('--commitment <id>', 'commitment ATX id')
    .requiredOption('--units <count>', 'storage units', whole('--units', 1))
    .option('--from-file <number>', 'number of the first file', whole('--from-file'))
    .option('--to-file <number>', 'number of the last file', whole('--to-file'))
    .option(
      '--max-file-size <bytes>',
      'size of a file (default: 4 GiB, as postcli)',
      whole('--max-file-size', 1),
    )
    .option(
      '--labels-per-unit <count>',
      'labels of a storage unit (default: as on mainnet)',
      whole('--labels-per-unit', 1),
    )
    .option(...scryptOption)
    .option(...threadsOption)
    .option(...jsonOption)
    .action(async (folder: string, options: InitCommandOptions) => {
      const { init } = await import('./commands/init');
      finish(await init(context, folder, options));
    });
};

const addProve: AddCommand = (program, context, finish) => {
  program
    .command('prove')
    .description('make a PoST proof; prints it as JSON')
    .argument('<folder>', 'the PoST directory')
    .requiredOption('--challenge <id>', '32 bytes, in hex or base64')
    .requiredOption(
      '--nonces <count>',
      'nonces per pass: a multiple of 16 up to 4096',
      whole('--nonces', 1),
    )
    .option('--k1 <count>', 'default: as on mainnet', whole('--k1', 1))
    .option('--k2 <count>', 'default: as on mainnet', whole('--k2', 1))
    .option('--pow-difficulty <hex>', 'for one storage unit (default: as on mainnet)')
    .option(
      '--out <file>',
      'write the proof there; a run that was stopped continues with the same command',
    )
    .option(...threadsOption)
    .action(async (folder: string, options: ProveCommandOptions) => {
      const { prove } = await import('./commands/prove');
      finish(await prove(context, folder, options));
    });
};

const addVerify: AddCommand = (program, context, finish) => {
  program
    .command('verify')
    .description('verify a PoST proof: its k2pow and every index (on one core)')
    .argument('<proof>', 'file with the proof as JSON, or its SCALE form in hex or base64')
    .requiredOption('--challenge <id>', '32 bytes, in hex or base64')
    .option('--dir <folder>', 'PoST directory of the proof: gives the identity and its size')
    .option('--node-id <id>', 'smesher id, without --dir')
    .option('--commitment <id>', 'commitment ATX id, without --dir')
    .option('--units <count>', 'storage units, without --dir', whole('--units', 1))
    .option(
      '--labels-per-unit <count>',
      'labels of a storage unit (default: of --dir, or as on mainnet)',
      whole('--labels-per-unit', 1),
    )
    .option('--k1 <count>', 'default: as on mainnet', whole('--k1', 1))
    .option('--k2 <count>', 'default: as on mainnet', whole('--k2', 1))
    .option('--pow-difficulty <hex>', 'for one storage unit (default: as on mainnet)')
    .option(...scryptOption)
    .option(...jsonOption)
    .action(async (proof: string, options: VerifyCommandOptions) => {
      const { verify } = await import('./commands/verify');
      finish(await verify(context, proof, options));
    });
};

const addK2pow: AddCommand = (program, context, finish) => {
  program
    .command('k2pow')
    .description('search the k2pow of a group of 16 nonces (on one core)')
    .requiredOption('--challenge <id>', '32 bytes or the first 8 of them, in hex or base64')
    .requiredOption('--node-id <id>', 'smesher id')
    .requiredOption('--group <number>', 'nonce group, 0 to 255', whole('--group'))
    .requiredOption('--units <count>', 'storage units of the identity', whole('--units', 1))
    .option('--pow-difficulty <hex>', 'for one storage unit (default: as on mainnet)')
    .option(
      '--start <counter>',
      'first counter to try, as a search that ended before has printed it',
      '0',
    )
    .option('--max-hashes <count>', 'stop after this number of hashes', whole('--max-hashes', 1))
    .option(...jsonOption)
    .action(async (options: K2powCommandOptions) => {
      const { k2pow } = await import('./commands/k2pow');
      finish(await k2pow(context, options));
    });
};
