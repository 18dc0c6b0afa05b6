/** `join`: the parts of an audit as one result. */
import { readdirSync, statSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { WorkbenchError } from '../../base/error';
import { shardSpan, tallyOf } from '../../audit/run';
import { Exporter } from '../../state/export';
import { requireSame, rowSource } from '../audit/part';
import { readPartFile, type PartFile } from '../audit/part-file';
import { countedOf, identityKeys, type PartIdentity } from '../audit/rows';
import type { CliContext } from '../context';
import type { ExitCode } from '../exit-code';
import { writeComplete } from '../files/lines';
import { explainFileError } from '../files/read-unchanged';
import { toJson } from '../output';
import { codeOf, describe } from './audit';

export interface JoinCommandOptions {
  readonly out?: string | undefined;
  readonly json: boolean;
}

const isPartName = (name: string): boolean => /^audit-\d+-of-\d+\.parquet$/.test(name);

/**
 * Memory: all rows, about 1 KiB per ATX.
 * @throws WorkbenchError `part-differs`, `part-twice`, `part-missing`, `part-not-readable`, `output-not-writable`
 */
export async function join(
  context: CliContext,
  paths: readonly string[],
  { out, json }: JoinCommandOptions,
): Promise<ExitCode> {
  const parts: PartFile[] = [];
  for (const path of paths.flatMap(partPaths)) parts.push(await readPartFile(path));
  const [first] = parts;
  if (!first)
    throw new WorkbenchError(
      'part-missing',
      'There is no file audit-I-of-N.parquet. Name the folder that audit --out wrote to.',
    );
  requireAllShards(parts, first);
  const identity: PartIdentity = { ...first.identity, shard: 1, shards: 1 };
  const rows = parts.flatMap((part) => part.rows).sort((a, b) => a.place - b.place);
  const tally = tallyOf(rows.map(countedOf), identity.chosen);
  if (out !== undefined)
    await writeComplete(out, (write) => {
      const request = { sql: '', params: [], unsigned: [], format: 'parquet' as const };
      const exporter = new Exporter(rowSource(rows, identity), request);
      for (let chunk = exporter.next(); chunk; chunk = exporter.next()) write(chunk.bytes);
    });
  const bad = rows.filter(({ outcome }) => outcome !== 'pass');
  const document = {
    ...identity,
    parts: parts.length,
    ...tally,
    failedBy: Object.fromEntries(tally.failedBy),
    notCheckedBy: Object.fromEntries(tally.notCheckedBy),
    notPassed: bad,
  };
  await context.out.write(json ? toJson(document) : describe(identity, tally, bad));
  return codeOf(tally);
}

/** @throws WorkbenchError of the folder */
function partPaths(path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    return readdirSync(path)
      .filter(isPartName)
      .map((name) => joinPath(path, name));
  } catch (error) {
    throw explainFileError(error, path);
  }
}

function requireAllShards(parts: readonly PartFile[], first: PartFile): void {
  const { shards, chosen } = first.identity;
  const byShard = new Map<number, PartFile>();
  for (const part of parts) {
    const { path, identity, rows } = part;
    const same = identityKeys.filter((key) => key !== 'shard');
    requireSame(path, identity, first.identity, same);
    const twin = byShard.get(identity.shard);
    if (twin)
      throw new WorkbenchError(
        'part-twice',
        `${path} and ${twin.path} are the same shard, ${identity.shard} of ${shards}. Name each once.`,
        { shard: identity.shard, paths: [twin.path, path] },
      );
    byShard.set(identity.shard, part);
    const span = shardSpan(chosen, { number: identity.shard, total: shards });
    const isEach = rows.every(({ place }, i) => place === span.first + i);
    if (!isEach || rows.length !== span.end - span.first)
      throw new WorkbenchError(
        'part-damaged',
        `${path} does not have each ATX of its shard once. Remove it, and run its audit again.`,
        { path },
      );
  }
  const missing: number[] = [];
  for (let number = 1; number <= shards; number++) {
    const { first: from, end } = shardSpan(chosen, { number, total: shards });
    // A shard without ATXs has no file.
    if (end > from && !byShard.has(number)) missing.push(number);
  }
  if (missing.length > 0)
    throw new WorkbenchError(
      'part-missing',
      `Of ${shards} shards these are missing: ${missing.join(', ')}. Run them, or name their files too.`,
      { shards, missing },
    );
}
