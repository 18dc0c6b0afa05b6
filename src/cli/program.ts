/** The command line: commands, their options and help. Each command's own modules are loaded when it runs. */
import { Command, CommanderError, Option } from 'commander';
import packageJson from '../../package.json';
import { WorkbenchError } from '../base/error';
import type { CheckCommandOptions } from './commands/check';
import type { K2powCommandOptions } from './commands/k2pow';
import type { NonceCommandOptions } from './commands/nonce';
import type { QueryCommandOptions } from './commands/query';
import type { RewardsCommandOptions } from './commands/rewards';
import type { VerifyCommandOptions } from './commands/verify';
import type { CliContext } from './context';
import { exitCode, exitCodeOf, type ExitCode } from './exit-code';
import { readPercent, readInteger } from './options';
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
      'The PoST Workbench without a browser: the same functions, on files of this machine. Nothing is written but the file of --out.',
    )
    .version(packageJson.version)
    .configureOutput(output)
    .exitOverride()
    .addHelpText('after', exitCodesHelp);
  addQuery(program, context, finish);
  addRewards(program, context, finish);
  addInspect(program, context, finish);
  addCheck(program, context, finish);
  addNonce(program, context, finish);
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
    .option('--threads <count>', 'default: one for each core', whole('--threads', 1))
    .option('--from-file <number>', 'number of the first file', whole('--from-file'))
    .option('--to-file <number>', 'number of the last file', whole('--to-file'))
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
