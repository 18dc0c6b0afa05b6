/** `query`: the rows of one reading statement. */
import { existsSync, realpathSync } from 'node:fs';
import { toHex } from '../../base/bytes';
import { WorkbenchError } from '../../base/error';
import type { Cursor } from '../../state/engine/cursor';
import { Exporter } from '../../state/export';
import { parseParameter } from '../../state/parameter';
import type { ExportFormat, SqlValue } from '../../state/types';
import type { CliContext, Output } from '../context';
import { withDatabase } from '../database';
import { exitCode, type ExitCode } from '../exit-code';
import { writeComplete } from '../files/lines';
import { writeTable } from '../output';

export interface QueryCommandOptions {
  readonly param: readonly string[];
  readonly format: 'table' | ExportFormat;
  readonly escapeFormulas: boolean;
  /** Path of the file to write. */
  readonly out?: string | undefined;
}

/**
 * Writes the rows to the output, or to a file. Memory: as `Exporter`, and 1000 rows for a table.
 * @throws WorkbenchError `option-param`, `option-format`, `option-out`, and as `withDatabase`, `Engine.cursor` and `Exporter`
 */
export async function query(
  context: CliContext,
  request: {
    readonly database: string;
    readonly sql: string;
    readonly options: QueryCommandOptions;
  },
): Promise<ExitCode> {
  const { sql, options } = request;
  const { format, escapeFormulas } = options;
  const params = readParameters(options.param);
  if (format === 'parquet' && options.out === undefined && context.out.isTerminal)
    throw new WorkbenchError(
      'option-format',
      'Parquet is binary and the output is a terminal. Add --out FILE, or redirect the output.',
    );
  if (options.out !== undefined) requireOtherFile(options.out, request.database);
  await withDatabase(context, request.database, ({ engine }) => {
    const cursor = engine.cursor(sql, params);
    return intoFile(options.out, context.out, async (out) => {
      if (format === 'table') {
        const columns = cursor.columns.map((name) => ({ name }));
        return writeTable(out, columns, tableRows(cursor));
      }
      const exporter = new Exporter(cursor, {
        ...{ sql, params, format, escapeFormulas },
        unsigned: [],
      });
      for (let chunk = exporter.next(); chunk; chunk = exporter.next())
        await out.write(chunk.bytes);
    });
  });
  return exitCode.good;
}

/**
 * Writing replaces the file of that name, so it must not be the database or a part of it.
 * @throws WorkbenchError `option-out`
 */
function requireOtherFile(out: string, database: string): void {
  const isSame = (path: string): boolean =>
    [out, `${out}.partial`].some(
      (written) =>
        existsSync(written) && existsSync(path) && realpathSync(written) === realpathSync(path),
    );
  if (['', '-wal', '-shm'].some((suffix) => isSame(database + suffix)))
    throw new WorkbenchError(
      'option-out',
      `--out ${out} would replace the database that is read. Name another file.`,
      { out, database },
    );
}

/** `name=value` as typed; the value is read as the SQL console reads it. */
function readParameters(texts: readonly string[]): Record<string, SqlValue> {
  return Object.fromEntries(
    texts.map((text) => {
      const equals = text.indexOf('=');
      const name = text.slice(0, Math.max(0, equals)).replace(/^[:@$?]/, '');
      if (name === '')
        throw new WorkbenchError(
          'option-param',
          `--param takes name=value, but it is "${text}". Write, for example, --param layer=8064.`,
          { text },
        );
      return [name, parseParameter(name, text.slice(equals + 1))];
    }),
  );
}

function* tableRows(cursor: Cursor): Generator<string[]> {
  for (let row = cursor.nextRow(); row; row = cursor.nextRow()) yield row.map(cellText);
}

const cellText = (value: SqlValue): string =>
  value === null ? 'NULL' : value instanceof Uint8Array ? toHex(value) : String(value);

/** Gives `use` the output, or a file that gets its name only when it is complete. */
async function intoFile(
  path: string | undefined,
  out: Output,
  use: (out: Output) => Promise<void>,
): Promise<void> {
  if (path === undefined) return use(out);
  await writeComplete(path, (write) =>
    use({
      isTerminal: false,
      write: (chunk) => {
        try {
          write(typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk);
        } catch (error) {
          return Promise.reject(error instanceof Error ? error : new Error(String(error)));
        }
        return Promise.resolve();
      },
    }),
  );
}
