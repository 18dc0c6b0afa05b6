/** The commands over PoST data, with their options. Each command's own modules are loaded when it runs. */
import { Option } from 'commander';
import type { CheckCommandOptions } from './commands/check';
import type { InitCommandOptions } from './commands/init';
import type { K2powCommandOptions } from './commands/k2pow';
import type { NonceCommandOptions } from './commands/nonce';
import type { ProfileCommandOptions } from './commands/profile';
import type { ProveCommandOptions } from './commands/prove';
import type { RepairCommandOptions } from './commands/repair';
import type { VerifyCommandOptions } from './commands/verify';
import { jsonOption, scryptOption, threadsOption, whole, type AddCommand } from './common-options';
import { readPercent, readShard } from './options';

/** The fewest storage units that mainnet accepts. */
const mainnetMinUnits = 4;

export const addInspect: AddCommand = (program, context, finish) => {
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

export const addCheck: AddCommand = (program, context, finish) => {
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

export const addRepair: AddCommand = (program, context, finish) => {
  program
    .command('repair')
    .description('compute damaged labels again; --write puts them in their place')
    .argument('<folder>', 'the PoST directory')
    .requiredOption('--from-check <file>', 'what check --json printed')
    .option('--write', 'write; without it the ranges are listed only', false)
    .option(
      '--originals <folder>',
      'where the original bytes are kept (default: the name of the directory and ".originals")',
    )
    .option(...threadsOption)
    .option(...scryptOption)
    .option(...jsonOption)
    .action(async (folder: string, options: RepairCommandOptions) => {
      const { repair } = await import('./commands/repair');
      finish(await repair(context, folder, options));
    });
};

export const addNonce: AddCommand = (program, context, finish) => {
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

export const addInit: AddCommand = (program, context, finish) => {
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

export const addProve: AddCommand = (program, context, finish) => {
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

export const addVerify: AddCommand = (program, context, finish) => {
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

export const addK2pow: AddCommand = (program, context, finish) => {
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

export const addProfile: AddCommand = (program, context, finish) => {
  program
    .command('profile')
    .description('how fast this machine proves, finds k2pows and computes labels')
    .option('--nonces <count>', 'nonces per pass: a multiple of 16', whole('--nonces', 1), 64)
    .option('--duration <seconds>', 'of each measurement', whole('--duration', 1), 10)
    .option('--iterations <count>', 'k2pow searches', whole('--iterations', 1), 5)
    .option('--pow-difficulty <hex>', 'for one storage unit (default: as on mainnet)')
    .option(
      '--units <count>',
      'storage units, for the k2pow of a pass',
      whole('--units', 1),
      mainnetMinUnits,
    )
    .addOption(
      new Option('--only <part>', 'measure only this').choices(['proving', 'k2pow', 'labels']),
    )
    .option(...scryptOption)
    .option(...threadsOption)
    .option(...jsonOption)
    .action(async (options: ProfileCommandOptions) => {
      const { profile } = await import('./commands/profile');
      finish(await profile(context, options));
    });
};
