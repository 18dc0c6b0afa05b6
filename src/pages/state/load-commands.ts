/** What to paste to go on with an export elsewhere. */
import type { ExportFormat } from '../../state/types';

export interface LoadCommand {
  readonly tool: string;
  readonly text: string;
}

/** SQL's own quoting of a text. */
const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/**
 * @param name the file's name, or the folder's when partitioned
 * @param partition name of the partition column, "epoch"
 */
export function loadCommands(
  format: ExportFormat,
  name: string,
  partition: string | undefined,
): LoadCommand[] {
  const extension = format === 'ndjson' ? 'ndjson' : format;
  const files = partition ? `${name}/*/*.${extension}` : name;
  const hive = partition ? ', hive_partitioning = true' : '';
  const duck = { csv: 'read_csv', json: 'read_json', ndjson: 'read_json', parquet: 'read_parquet' };
  const clickhouse = {
    csv: 'CSVWithNames',
    json: 'JSON',
    ndjson: 'JSONEachRow',
    parquet: 'Parquet',
  };
  const spark = { csv: 'csv', json: 'json', ndjson: 'json', parquet: 'parquet' };
  const house =
    // ClickHouse reads a plain array of objects as JSONEachRow.
    format === 'json' ? clickhouse.ndjson : clickhouse[format];
  const options =
    format === 'csv'
      ? '.option("header", True)'
      : format === 'json'
        ? '.option("multiLine", True)'
        : '';
  return [
    { tool: 'DuckDB', text: `SELECT * FROM ${duck[format]}(${quote(files)}${hive}) LIMIT 10;` },
    {
      tool: 'ClickHouse',
      text: `clickhouse local --query "SELECT *${partition ? ', _path' : ''} FROM file(${quote(files)}, '${house}') LIMIT 10"`,
    },
    {
      tool: 'Spark (Python)',
      text: `df = spark.read${options}.${spark[format]}(${JSON.stringify(name)})\ndf.show(10)`,
    },
  ];
}
