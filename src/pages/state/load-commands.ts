/** What to paste to go on with an export elsewhere. */
import { clickhouseText, pythonText, shellText, sqlText } from '../../base/shell';
import type { ExportFormat } from '../../state/types';

export interface LoadCommand {
  readonly tool: string;
  readonly text: string;
}

/**
 * @param name the file's name, or the folder's when partitioned
 * @param partition name of the partition column, "epoch"
 * @throws WorkbenchError `shell-control-character`
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
  const clickhouseFormat =
    // ClickHouse reads a plain array of objects as JSONEachRow.
    format === 'json' ? clickhouse.ndjson : clickhouse[format];
  const options =
    format === 'csv'
      ? '.option("header", True)'
      : format === 'json'
        ? '.option("multiLine", True)'
        : '';
  return [
    { tool: 'DuckDB', text: `SELECT * FROM ${duck[format]}(${sqlText(files)}${hive}) LIMIT 10;` },
    {
      tool: 'ClickHouse',
      text: `clickhouse local --query ${shellText(`SELECT *${partition ? ', _path' : ''} FROM file(${clickhouseText(files)}, '${clickhouseFormat}') LIMIT 10`)}`,
    },
    {
      tool: 'Spark (Python)',
      text: `df = spark.read${options}.${spark[format]}(${pythonText(name)})\ndf.show(10)`,
    },
  ];
}
